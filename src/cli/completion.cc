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
    *" send "*) words="--app --device --tag --everyone --title --body --data --ttl --priority
                       --wait --timeout" ;;
    *" report "*) words="--app --watch" ;;
    *" app "*) words="create list" ;;
    *" completion "*) words="bash" ;;
    *" status "*) ;;
    *) words="app send report status completion" ;;
  esac
  COMPREPLY=($(compgen -W "$words $common" -- "$current"))
}
complete -F _tocsin tocsin
)";

}  // namespace tocsin::cli
