#!/usr/bin/env bash
# Keeps what the simulator's stories did, and tells what a change did to them.
#
#   tests/sim/traces.sh keep FILE [--seeds N] [--story NAME]... [--jobs N] [--bin SWARM_SIM]
#   tests/sim/traces.sh renew FILE [--jobs N] [--bin SWARM_SIM]
#   tests/sim/traces.sh compare FILE [--outcomes-only] [--seeds N] [--story NAME]... [--jobs N] [--bin SWARM_SIM]
#
# keep plays every story (or those named) with seeds 1 to N (20), links told and blind, and writes a line for each:
# story seed told|blind trace outcome. renew plays what FILE has and writes it anew. compare plays what FILE has (of it
# only the named stories and the first N seeds, if that is said) and tells which traces and outcomes differ; exit status
# 1 when any does, or any outcome with --outcomes-only. All of it takes three minutes of processor time, most for churn.
#
# Which one differs first, and in what:
#   swarm_sim --scenario NAME --seed N [--blind] --trace     (diff that of both builds)
#   swarm_sim --scenario NAME --seed N [--blind] --outcome
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() { sed -n '2,15p' "$here/traces.sh" | sed 's/^# \{0,1\}//'; }
refuse() { echo "traces.sh: $1" >&2; exit 2; }

[[ ${1:-} == -h || ${1:-} == --help ]] && { usage; exit 0; }
verb=${1:-} file=${2:-}
[[ $verb == keep || $verb == renew || $verb == compare ]] && [[ -n $file ]] || { usage >&2; exit 2; }
shift 2
seeds='' jobs=$(nproc) outcomes_only='' stories=() bin=$here/../../build/release/bin/swarm_sim
while (($#)); do
  case $1 in
    --outcomes-only) outcomes_only=yes; shift; continue ;;
    --seeds|--story|--jobs|--bin) (($# > 1)) || refuse "$1 needs a value" ;;
    *) refuse "unknown option $1" ;;
  esac
  case $1 in
    --seeds) seeds=$2 ;;
    --story) stories+=("$2") ;;
    --jobs) jobs=$2 ;;
    --bin) bin=$2 ;;
  esac
  shift 2
done
[[ -x $bin ]] || refuse "no program $bin: build swarm_sim, or name another with --bin"
[[ $verb == keep || -r $file ]] || refuse "cannot read $file"

wanted() { ((${#stories[@]} == 0)) || [[ " ${stories[*]} " == *" $1 "* ]]; }
plan() { # lines: story seed told|blind
  local story seed notice rest
  if [[ $verb == keep ]]; then
    for story in $("$bin" --list); do
      wanted "$story" || continue
      for ((seed = 1; seed <= ${seeds:-20}; ++seed)); do
        printf '%s %s told\n%s %s blind\n' "$story" "$seed" "$story" "$seed"
      done
    done
  else
    while read -r story seed notice rest; do
      if [[ $verb == renew ]] || { wanted "$story" && ((seed <= ${seeds:-seed})); }; then
        echo "$story $seed $notice"
      fi
    done <"$file"
  fi
}
for story in "${stories[@]}"; do
  "$bin" --list | grep -qxF "$story" || refuse "no story \"$story\" (swarm_sim --list)"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
plan >"$work/plan"
[[ -s $work/plan ]] || refuse "nothing to play"
# One process for each: a story that fails is said, and the others are played.
export bin
play() {
  local blind=()
  [[ $3 == blind ]] && blind=(--blind)
  "$bin" --digests --scenario "$1" --seed "$2" "${blind[@]}" || echo "$1 $2 $3 failed failed"
}
export -f play
began=$SECONDS
xargs -P "$jobs" -L 1 bash -c 'play "$@"' play <"$work/plan" >"$work/unsorted"
# In the plan's order.
awk 'NR == FNR { line[$1 " " $2 " " $3] = $0; next } { print line[$0] }' "$work/unsorted" "$work/plan" >"$work/now"
failed=$(grep -c ' failed failed$' "$work/now" || true)
echo "$(wc -l <"$work/now") played in $((SECONDS - began)) s, $failed failed"

if [[ $verb != compare ]]; then
  ((failed == 0)) || { grep ' failed failed$' "$work/now"; exit 1; }
  cp "$work/now" "$file"
  exit 0
fi
awk -v only="$outcomes_only" '
  NR == FNR { trace[$1 " " $2 " " $3] = $4; outcome[$1 " " $2 " " $3] = $5; next }
  {
    key = $1 " " $2 " " $3
    traces += moved = trace[key] != $4
    outcomes += ended = outcome[key] != $5
    if (moved || ended) {
      print key ": " (moved ? "trace" : "") (moved && ended ? " and " : "") (ended ? "outcome" : "") " differs"
      stories[$1] += moved
      ends[$1] += ended
    }
  }
  END {
    for (story in stories) print story ": " stories[story] " traces, " ends[story] " outcomes differ" | "sort"
    close("sort")
    print traces + 0 " traces and " outcomes + 0 " outcomes differ"
    exit outcomes > 0 || (traces > 0 && !only)
  }' "$file" "$work/now"
