#!/usr/bin/env bash
# Starts a bus and N peers whose stores last, and prints their addresses. deploy/stop.sh stops them.
#
#   deploy/start.sh [N] [--dir DIR] [--bus ENDPOINT]   N: 3; DIR: ~/.local/share/fragcast/swarm;
#                                                      ENDPOINT: where the bus listens, tcp://127.0.0.1:5550
set -euo pipefail
source "$(dirname "$0")/common.sh"

peers=3 where=()
dir=${XDG_DATA_HOME:-$HOME/.local/share}/fragcast/swarm
while (($#)); do
  case $1 in
    --dir) [[ -n ${2:-} ]] || die "--dir needs a folder"; dir=$2; shift 2 ;;
    # Its page takes any free port then.
    --bus) [[ -n ${2:-} ]] || die "--bus needs an endpoint"; where=(--listen "$2" --http 127.0.0.1:0); shift 2 ;;
    -h|--help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) [[ $1 =~ ^[1-9][0-9]?$ ]] || die "unknown argument '$1'; see --help"; peers=$1; shift ;;
  esac
done
[[ -x $bin/fragcast-bus ]] || build_programs
mkdir -p "$dir/run"
run=$dir/run
for file in "$run"/*.pid; do
  [[ -e $file ]] && is_ours "$file" && die "already running in $dir; stop it first: deploy/stop.sh --dir $dir"
done
rm -f "$run"/*

started=0
trap '((started)) || stop_all' EXIT
trap 'exit 130' INT TERM
start_program bus "$bin/fragcast-bus" "${where[@]}" || die "the bus did not start"
bus=$(ready_field bus directory)
say "bus    $bus    $(ready_field bus http)"
for ((i = 1; i <= peers; ++i)); do
  start_program "peer$i" "$bin/fragcast-peer" --bus "$bus" --name "peer$i" --store "$dir/peer$i" ||
    die "peer$i did not start"
  say "peer$i  $(ready_field "peer$i" http)"
done
started=1
say "stop them: deploy/stop.sh${dir:+ --dir $dir}"
