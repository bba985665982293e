#!/usr/bin/env bash
# Stops exactly what deploy/start.sh started.
#
#   deploy/stop.sh [--dir DIR]
set -euo pipefail
source "$(dirname "$0")/common.sh"
dir=${XDG_DATA_HOME:-$HOME/.local/share}/fragcast/swarm
case ${1:-} in
  '') ;;
  --dir) [[ -n ${2:-} ]] || die "--dir needs a folder"; dir=$2 ;;
  -h|--help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown argument '$1'; see --help" ;;
esac
run=$dir/run
count=0
for file in "$run"/*.pid; do
  [[ -e $file ]] && is_ours "$file" && count=$((count + 1))
done
((count)) || { say "nothing of ours is running in $dir"; exit 0; }
# A peer may take its --stop-timeout (8 s) to hand over what only it has.
stop_all 12000
say "stopped $count programs"
