#!/usr/bin/env bash
# The demo as a newcomer runs it: how soon it is there, what it says, that Ctrl-C leaves nothing; and its check
# of every feature.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
export TMPDIR=$work

# begin ARGUMENT…: a demo in a process group of its own, where Ctrl-C reaches it: what is started in the background
# ignores it unless told otherwise, and until it is a group there is nobody to send it to.
begin() {
  setsid env --default-signal=INT "$root/deploy/demo.sh" "$@" >"$work/demo.out" 2>"$work/demo.err" </dev/null &
  demo=$!
  until_true 10 runs
}
runs() { tr '\0' ' ' <"/proc/$demo/cmdline" | grep -q '^bash [^ ]*/deploy/demo.sh '; }
interrupt() {
  kill -INT -- "-$demo"
  until_true 10 is_over "$demo" || kill -KILL -- "-$demo"
  wait "$demo"
}
mine() { ps -eo pid=,args= | grep -F "$work" | grep -F fragcast | grep -vF 'grep'; }
nothing_runs() { ! mine; }
no_files() { local left; left=$(find "$work" -maxdepth 1 -name 'fragcast-demo-*'); [[ -z $left ]] || { echo "$left"; return 1; }; }
# Set up and built it is: the next start is what is timed. The first one makes the sample.
make_film "$work/Lecture 1.mp4" 6
began=$(now_ms)
begin "$work/Lecture 1.mp4" --peers 4
check "the demo prints addresses" until_true 30 grep -q '^peer1  http' "$work/demo.out"
took=$(($(now_ms) - began))
check "the first of them within 3 s" in_time $took 3000
until_true 10 grep -q 'Ctrl-C stops' "$work/demo.out"
check "it prints four addresses" test "$(grep -c '^peer[1-4]  http.*/#Lecture%201$' "$work/demo.out")" = 4
check "and how to share a film of one's own" grep -q 'put FILM.mp4' "$work/demo.out"
page=$(sed -n 's/^peer4  \(http[^#]*\).*/\1/p' "$work/demo.out")
check "a page is there" curl -fsS --max-time 10 -o /dev/null "$page"
held() { curl -fsS --max-time 10 "${page}api/v1/assets" | jq -r '.assets[0].here'; }
check "no peer but the swarm has the whole" test "$(held)" != 0-9
# Opened at each look: an opening that came before the demo's zmq-watch was subscribed is told to nobody.
follows() { curl -fsS --max-time 10 -o /dev/null "$page" && sed '1,/^Ctrl-C stops/d' "$work/demo.out" | grep -q 'viewer\.entered'; }
check "it follows what the bus carries" until_true 20 follows

check "its peers run" mine
began=$(now_ms)
interrupt
status=$?
check "Ctrl-C ends it within 3 s" in_time $(($(now_ms) - began)) 3000
check "with the status of Ctrl-C" test $status = 130
check "none of its programs is left" nothing_runs
check "nor a file of theirs" no_files

# Ctrl-C may come at any moment of its start, which takes as long as the first one took.
statuses=
for eighth in 0 1 2 3 4 5 6 7; do
  begin "$work/Lecture 1.mp4"
  pause "$((took * eighth / 8000)).$(printf %03d $((took * eighth / 8 % 1000)))"
  interrupt
  statuses+="$? "
done
same() { [[ $1 == "$2" ]] || { echo "$1"; return 1; }; }
check "Ctrl-C at any moment of its start has its status" same "$statuses" "130 130 130 130 130 130 130 130 "
check "and leaves none of its programs" nothing_runs
check "nor a file" no_files
# The worst one: its folder is made, and it does not know the name yet.
mkdir "$work/slow" "$work/goes"
mkfifo "$work/go"
cat >"$work/slow/mktemp" <<M
#!/bin/sh
made=\$($(command -v mktemp) "\$@") && touch "$work/goes/on" && read -r _ <"$work/go" && echo "\$made"
M
chmod +x "$work/slow/mktemp"
PATH=$work/slow:$PATH begin "$work/Lecture 1.mp4"
check "a folder that is just being made" until_true 10 test -e "$work/goes/on"
kill -INT -- "-$demo"
timeout 20 sh -c "echo >'$work/go'"
wait "$demo"
check "is not left behind either" no_files

# Every feature as a user would try it; what is not built yet says TODO there.
"$root/deploy/demo.sh" --check >"$work/check.out" 2>"$work/check.err"
status=$?
grep '^FAIL ' "$work/check.out" && failures=$((failures + 1))
rows=$(grep -cE '^(PASS|FAIL|TODO) [0-9]+ ' "$work/check.out")
features=$(grep -cE '^[0-9]+ ' "$root/tests/check/features.txt")
[[ $rows == "$features" ]] && pass "the check has a line for each of the $features features" || bad "the check has $rows lines of $features"
[[ $status == 0 ]] && pass "the check is green: $(grep -c '^PASS ' "$work/check.out") rows" || bad "the check ends with $status: $(tail -n 2 "$work/check.err")"
exit $((failures > 0))
