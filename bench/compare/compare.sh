#!/usr/bin/env bash
# Tocsin against the push servers that Debian packages, in one run. `--help` tells the flags.
#
# Installs the servers that are missing, without starting them as services, and runs
# tocsin-bench-compare of the release build. Services that already run are left alone: the program
# starts servers of its own, on free ports of 127.0.0.1.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly program=build/release/tocsin-bench-compare
readonly packages=(mosquitto nginx libnginx-mod-nchan nats-server ejabberd)
readonly policy=/usr/sbin/policy-rc.d

say() { printf '%s\n' "$*" >&2; }
die() { printf 'compare.sh: %s\n' "$*" >&2; exit 3; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "'$*' needs root, and there is no sudo: install the packages first"
  sudo "$@"
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s\n' "$package"
  done
}

# Debian starts a package's service when it is installed, unless policy-rc.d says no (invoke-rc.d(8)).
# Ours lies there only while apt runs, and one that is there already is left as it is: it may refuse,
# as in containers, or not, and then its owner wants services started.
forbid_services() {
  [ ! -e "$policy" ] || return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  trap allow_services EXIT
  as_root chmod 755 "$policy"
}
allow_services() {
  trap - EXIT
  as_root rm -f "$policy"
}

install_missing() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} Debian packages to compare with: ${missing[*]}"
  forbid_services
  local apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q)
  # A server that cannot be installed is reported as absent; the others are compared all the same.
  as_root "${apt[@]}" update >&2 || say "compare.sh: apt-get update failed; going on with what is known"
  local package
  for package in "${missing[@]}"; do
    as_root "${apt[@]}" install -y --no-install-recommends "$package" >&2 ||
      say "compare.sh: $package could not be installed"
  done
  if [ -n "$(trap -p EXIT)" ]; then allow_services; fi
}

# Clients and servers need a file for each connection.
raise_open_files() {
  if [ "$(id -u)" = 0 ]; then ulimit -Hn 65536 2>/dev/null || true; fi
  ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || true
}

main() {
  [ -x "$program" ] || die "$program is missing: ./dev build release tocsin-bench-compare tocsin-drill tocsind"
  # Neither help nor a wrong flag is worth an installation.
  case " $* " in *" --help "* | *" -h "*) exec "$program" --help ;; esac
  case " $* " in *" --smoke "*) ;; *) install_missing ;; esac
  raise_open_files
  exec "$program" "$@"
}

main "$@"
