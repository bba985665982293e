#!/usr/bin/env bash
# The demo as a newcomer runs it: how soon it is there, what it says, that Ctrl-C leaves nothing; and its check
# of every feature.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
export TMPDIR=$work

statuses=
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# Set up and built it is: the next start is what is timed. The first one makes the sample.
make_film "$work/Lecture 1.mp4" 6
began=$(now_ms)
# What is started in the background ignores Ctrl-C, unless told otherwise.
setsid env --default-signal=INT "$root/deploy/demo.sh" "$work/Lecture 1.mp4" --peers 4 >"$work/demo.out" 2>"$work/demo.err" </dev/null &
demo=$!
if until_true 30 grep -q '^peer1  http' "$work/demo.out"; then
  took=$(($(now_ms) - began))
  ((took < 3000)) && pass "the demo's first address is there after $took ms" || bad "the first address took $took ms"
else
  bad "the demo prints addresses: $(tail -n 3 "$work/demo.err")"
fi
until_true 10 grep -q 'Ctrl-C stops' "$work/demo.out"
check "it prints four addresses" test "$(grep -c '^peer[1-4]  http.*/#Lecture%201$' "$work/demo.out")" = 4
check "and how to share a film of one's own" grep -q 'put FILM.mp4' "$work/demo.out"
page=$(sed -n 's/^peer4  \(http[^#]*\).*/\1/p' "$work/demo.out")
check "a page is there" curl -fsS --max-time 10 -o /dev/null "$page"
held() { curl -fsS --max-time 10 "${page}api/v1/assets" | jq -r '.assets[0].here'; }
check "no peer but the swarm has the whole" test "$(held)" != 0-9
follows() { sed '1,/^Ctrl-C stops/d' "$work/demo.out" | grep -q 'viewer\.entered'; }
check "it follows what the bus carries" until_true 20 follows

mine() { ps -eo pid=,args= | grep -F "$work" | grep -F fragcast | grep -vF 'grep'; }
check "its peers run" mine
nothing_runs() { ! mine; }
began=$(now_ms)
kill -INT -- "-$demo"
wait "$demo"
status=$?
took=$(($(now_ms) - began))
((took < 3000)) && pass "Ctrl-C ends it in $took ms" || bad "Ctrl-C took $took ms"
[[ $status == 130 ]] && pass "with the status of Ctrl-C" || bad "it ended with status $status"
[[ -z $(mine) ]] && pass "none of its programs is left" || bad "left: $(mine)"
[[ -z $(find "$work" -maxdepth 1 -name 'fragcast-demo-*') ]] && pass "nor a file of theirs" || bad "files are left"

# Ctrl-C may come at any moment of its start.
for moment in 0.08 0.2 0.3 0.38 0.45; do
  setsid env --default-signal=INT "$root/deploy/demo.sh" "$work/Lecture 1.mp4" >"$work/demo.out" 2>"$work/demo.err" </dev/null &
  demo=$!
  read -rt "$moment" <> <(:) || true
  kill -INT -- "-$demo"
  wait "$demo"
  statuses+="$? "
done
[[ $statuses == "130 130 130 130 130 " ]] && pass "Ctrl-C during its start has the status of Ctrl-C" || bad "Ctrl-C during its start: $statuses"
check "and leaves none of its programs" until_true 3 nothing_runs
[[ -z $(find "$work" -maxdepth 1 -name 'fragcast-demo-*') ]] && pass "nor a file" || bad "files are left"

# Every feature as a user would try it; what is not built yet says TODO there.
"$root/deploy/demo.sh" --check >"$work/check.out" 2>"$work/check.err"
status=$?
grep '^FAIL ' "$work/check.out" && failures=$((failures + 1))
rows=$(grep -cE '^(PASS|FAIL|TODO) [0-9]+ ' "$work/check.out")
[[ $rows == 51 ]] && pass "the check has a line for each of the 51 rows" || bad "the check has $rows lines of 51"
[[ $status == 0 ]] && pass "the check is green: $(grep -c '^PASS ' "$work/check.out") rows" || bad "the check ends with $status: $(tail -n 2 "$work/check.err")"
exit $((failures > 0))
