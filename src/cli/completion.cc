#include "cli/completion.h"

namespace tocsin::cli {

const char bash_completion[] = R"(_tocsin() {
  local common="--profile --server --ca --key --json --help" words=""
  local current="${COMP_WORDS[COMP_CWORD]}"
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --profile|--ca) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --priority) COMPREPLY=($(compgen -W "low normal high alert" -- "$current")); return ;;
  esac
  case " ${COMP_WORDS[*]:1:COMP_CWORD-1} " in
    *" send "*) words="--app --device --alias --tag --audience --everyone --title --body --data
                       --ttl --priority --collapse-key --wait --timeout" ;;
    *" report "*) words="--app --watch" ;;
    *" recall "*) words="--app --notify" ;;
    *" why "*|*" count "*) words="--app" ;;
    *" audience "*) words="list change --app --add --remove --clear" ;;
    *" device "*) words="update delete --app --add-tag --remove-tag --alias --region --language
                         --time-zone --platform --app-version" ;;
    *" user "*) words="delete --app" ;;
    *" app "*) words="create list" ;;
    *" completion "*) words="bash" ;;
    *" status "*|*" backup "*) ;;
    *) words="app send report recall why count audience device user status
             backup completion" ;;
  esac
  COMPREPLY=($(compgen -W "$words $common" -- "$current"))
}
complete -F _tocsin tocsin
)";

}  // namespace tocsin::cli
