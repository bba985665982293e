#!/usr/bin/env bash
# Every script beside four busy loops, at niceness 19, ten times in a row: none may pass only when it is quick.
#
#   tests/endurance/busy.sh [SCRIPT...]     FRAGCAST_BUSY_TIMES=10, FRAGCAST_BUSY_AT_ONCE=2
#
# The loops are sessions of their own, as another user's programs are; so is each script (tests/support/end_to_end.sh).
# A line for each script and time: how many facts passed, in how many seconds; before it, what failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
times=${FRAGCAST_BUSY_TIMES:-10} at_once=${FRAGCAST_BUSY_AT_ONCE:-2}
scripts=("$@")
if ((!${#scripts[@]})); then
  for script in tests/end_to_end/*_test.sh tests/browser/run.sh; do
    [[ $script == */container_test.sh ]] || scripts+=("$script")  # a build, and no time of its own
  done
fi

loops=()
trap 'kill "${loops[@]}" 2>/dev/null' EXIT
for _ in 1 2 3 4; do
  setsid setpriv --pdeathsig TERM bash -c 'while :; do :; done' &
  loops+=($!)
done

once() { # SCRIPT TIME
  local log status=0 began=$SECONDS good
  log=$(mktemp)
  nice -n 19 timeout 3600 bash "$1" >"$log" 2>&1 || status=$?
  good=$(grep -c '^PASS ' "$log")
  if grep '^FAIL ' "$log"; then :
  elif ((status != 0 || good == 0)); then echo "FAIL busy: $1: ended with status $status: $(tail -n 2 "$log" | tr '\n' ' ')"
  else echo "PASS busy: $1, time $2: $good facts in $((SECONDS - began)) s"; fi
  rm -f "$log"
}
running=0
for ((time = 1; time <= times; ++time)); do
  for script in "${scripts[@]}"; do
    ((running < at_once)) || { wait -n; running=$((running - 1)); }
    once "$script" "$time" &
    running=$((running + 1))
  done
done
while ((running-- > 0)); do wait -n; done
