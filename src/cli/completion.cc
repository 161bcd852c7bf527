#include "cli/completion.h"

namespace tocsin::cli {

const char bash_completion[] = R"(_tocsin() {
  local common="--profile --server --ca --key --json --help" words=""
  local current="${COMP_WORDS[COMP_CWORD]}"
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --profile|--ca|--to-file|batch) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --priority) COMPREPLY=($(compgen -W "low normal high alert" -- "$current")); return ;;
    --scope) COMPREPLY=($(compgen -W "send read admin alert" -- "$current")); return ;;
    --everyone-needs-release) COMPREPLY=($(compgen -W "true false" -- "$current")); return ;;
  esac
  case " ${COMP_WORDS[*]:1:COMP_CWORD-1} " in
    *" send "*) words="--app --device --alias --tag --audience --everyone --exclude --title --body
                       --data --image --click --badge --sound --channel --title-loc-key
                       --title-loc-arg --body-loc-key --body-loc-arg --ttl --priority
                       --collapse-key --label --group --idempotency-key --release --at --dry-run
                       --wait --timeout --window --quiet-hours --local-time --if-unmetered
                       --if-charging --per-s --over --canary --canary-watch --canary-delivered
                       --ignore-frequency-cap --override --watch --to-file" ;;
    *" batch "*) words="--app" ;;
    *" messages "*) words="--app --label --group --limit" ;;
    *" report "*) words="--app --watch" ;;
    *" recall "*) words="--app --notify" ;;
    *" totals "*) words="--app --label --group --from --until" ;;
    *" series "*) words="--app --hourly --from --until" ;;
    *" why "*|*" count "*|*" watch "*|*" stop "*) words="--app" ;;
    *" schedule "*) words="list show move delete --app --at" ;;
    *" audience "*) words="list change delete --app --add --remove --clear" ;;
    *" device "*) words="show list update delete --app --audience --all --add-tag --remove-tag
                         --alias --region --language --time-zone --platform --app-version" ;;
    *" user "*) words="delete --app" ;;
    *" app "*) words="create list show set --sends-per-s --send-burst --payload-bytes-max
                      --live-casts-max --everyone-needs-release --messages-per-device-per-day
                      --webhook-url --webhook-secret" ;;
    *" key "*) words="create list rotate revoke --app --scope --label --lifetime --overlap" ;;
    *" webhook "*) words="show test dead-letters retry delete --app" ;;
    *" completion "*) words="bash" ;;
    *" status "*|*" backup "*) ;;
    *) words="app key webhook send batch messages report watch totals series recall stop why schedule count
             audience device user status backup completion" ;;
  esac
  COMPREPLY=($(compgen -W "$words $common" -- "$current"))
}
complete -F _tocsin tocsin
)";

}  // namespace tocsin::cli
