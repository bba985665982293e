#!/usr/bin/env bash
# The bus dies and comes back: what plays goes on, all is found and fetched over the neighbours, somebody new joins
# through a friend, and nobody is ever told "not found". Then two buses, either of which may die.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
alive() { kill -0 "$(cat "$run/$1.pid")" 2>/dev/null; }
strike() { kill -KILL "$(cat "$run/$1.pid")" && until_true 5 eval "! alive $1"; }
at() { local peer=$1; shift; fc --peer "$(http_of "$peer")" "$@"; }
whole() { api "$1" assets | jq -e --arg n "$2" '.assets[]|select(.name==$n)|.bytes_here==.size'; }
counter() { api "$1" info | jq ".counters.$2"; }

start_bus || { echo "FAIL bus: it does not start"; exit 1; }
address=$FRAGCAST_BUS
start_peer source --no-copies --max-upload 3M && start_peer viewer --no-copies && start_peer third --no-copies || { echo "FAIL bus: peers do not start"; exit 1; }
readonly film_bytes=10000000 film_rate=1000000
head -c $film_bytes /dev/urandom >"$work/film"
head -c 3000000 /dev/urandom >"$work/other"
fc -q put "$work/film" --name film --to source --replicas 1 >/dev/null || bad "bus: put film"
fc -q put "$work/other" --name other --to third --replicas 1 >/dev/null || bad "bus: put other"
film=$(id_of film) other=$(id_of other)
known() { [[ $(api "$1" assets | jq '[.assets[]|select(.holders>0 or .bytes_here>0)]|length') == 2 ]]; }
for name in source viewer third; do until_true 10 known $name || bad "bus: $name does not hear of both"; done

# Somebody asks all the while, and somebody watches.
touch "$work/asking"
ask_peers() {
  while [[ -e $work/asking ]]; do
    for peer in source viewer third; do
      echo "$peer $(curl -s -o /dev/null --max-time 120 -w '%{http_code}' "$(http_of $peer)/api/v1/locate?name=other")"
    done
    pause 0.1
  done
}
ask_bus() {
  while [[ -e $work/asking ]]; do
    fc --timeout 1 locate other >/dev/null 2>&1
    echo "verb $?"
    pause 0.1
  done
}
ask_peers >"$work/answers" &
asking=$!
ask_bus >"$work/verbs" &
asking_bus=$!
# watch PEER: beside who watches where all has to come, one watches where all is: what stalls there is this machine.
watch() { python3 "$root/tests/support/paced_reader.py" "$(http_of "$1")/content/$film" $film_bytes $film_rate 3; }
watch viewer >"$work/reader" 2>&1 &
reader=$!
watch source >"$work/yardstick" 2>&1 &
yardstick=$!
check "bus: the film begins" until_true 10 grep -q 'second 0' "$work/reader"

strike bus
begun=$(date +%s%N)
check "bus: dead, ls of a peer" at viewer ls
located() { [[ $(at viewer --json locate other | jq -r .peer.name) == third ]]; }
check "bus: dead, locate" located
check "bus: dead, why" at viewer why film
got() { at viewer get other -o "$work/other.out" && cmp "$work/other" "$work/other.out"; }
check "bus: dead, get" got
wanted() { curl -fsS --max-time 120 "$(http_of source)/content/$other" | cmp - "$work/other"; }
check "bus: dead, a new want of a peer that never had it" wanted
expect "bus: dead, the verb says what to do" 1 'no bus at .*fragcast-bus|--peer' fc --timeout 2 ls
start_peer fourth --no-copies --friend "$(ready_field viewer exchange)" || bad "bus: fourth does not start"
meets() { [[ $(api fourth peers | jq '[.peers[]|select(.self or .guest|not)]|length') == 3 ]]; }
check "bus: dead, a new peer joins through a friend and meets all" until_true 10 meets
joined_get() { at fourth get other -o "$work/other.4" && cmp "$work/other" "$work/other.4"; }
check "bus: dead, and gets what it never heard of" joined_get
away() { api viewer info | jq -e '.buses[0].state=="away" or .buses[0].state=="joining"'; }
check "bus: dead, info says so" until_true 5 away

start_bus "$address" || bad "bus: it does not start again"
back=$(date +%s%N)
check "bus: back, and somebody who asks at once is not told that nobody has it" fc locate other
all_back() { [[ $(fc --json peers | jq -s '[.[]|select(.guest|not)]|length') == 4 ]]; }
check "bus: back, all register within a heartbeat" within 6 all_back
all_told() { [[ $(fc --json locate other | jq -rs 'map(.peer.name)|sort|join(" ")') == "fourth source third viewer" ]]; }
check "bus: back, it knows who has what" within 6 all_told
wait $reader $yardstick
check "bus: the film ended" grep -q '^stalled' "$work/reader"
stalled=$(sed -n 's/^stalled //p' "$work/reader")
here=$(sed -n 's/^stalled //p' "$work/yardstick")
echo "away $(((back - begun) / 1000000)) ms; the film stalled $stalled [ms], and $here [ms] where all of it is"
check "bus: and did not stall" test "${stalled:-100000}" -le $((2 * ${here:-0}))
asked() { (($(wc -l <"$work/answers") > 20 && $(wc -l <"$work/verbs") > 5)); }
check "bus: many asked meanwhile" until_true 10 asked
rm "$work/asking"
wait $asking $asking_bus
wrong() { ! grep -vE '^(source|viewer|third) 200$' "$work/answers" && ! grep -vE '^verb [01]$' "$work/verbs"; }
check "bus: and nobody was told that there is no such thing" wrong
storm() { # the return asks for no picture anew that was known
  local name
  for name in source viewer third; do [[ $(counter $name digests_differed) -le 3 && $(counter $name asks) -le 20 ]] || { api $name info; return 1; }; done
}
check "bus: and its return asked for little" storm
stop_all 3000
rm -f "$run"/*.pid

# --- two buses
start_free_bus one --http none && start_free_bus two --http none || { bad "two: they do not start"; exit 1; }
one=$(ready_field one directory) two=$(ready_field two directory)
for name in first second; do start_peer $name --no-copies --bus "$one" --bus "$two" || bad "two: $name does not start"; done
both() { api "$1" info | jq -e '[.buses[]|select(.state=="joined" or .state=="settling")]|length==2'; }
check "two: a peer joins both" until_true 5 both first
until_true 5 both second
head -c 2000000 /dev/urandom >"$work/a"
fc --bus "$one" -q put "$work/a" --name a --to first --replicas 1 >/dev/null || bad "two: put a"
knows_at() { [[ $(fc --bus "$1" --json locate a | jq -rs 'map(.peer.name)|join(" ")') == "$2" ]]; }
check "two: one knows" until_true 5 knows_at "$one" first
check "two: and so does the other" until_true 5 knows_at "$two" first
seen() { [[ $(api "$1" events | jq '[.events[]|select(.kind=="asset.published")]|length') == 1 ]]; }
check "two: the others hear of it" until_true 5 seen second
fetched() { curl -fsS --max-time 120 "$(http_of second)/content/$(fc --bus "$1" --json ls | jq -r "select(.name==\"$2\").id")" | cmp - "$work/$2"; }
check "two: fetched" fetched "$one" a
once() { local info; info=$(api second info) && jq -e '.counters.duplicates==0 and .counters.bytes_in==2000000 and .counters.digests_differed==0 and .counters.gaps==0' <<<"$info" || { jq -c .counters <<<"$info"; return 1; }; }
check "two: once, and nothing was missed or heard twice" until_true 5 once
check "two: published is shown once" seen second
strike one
head -c 2000000 /dev/urandom >"$work/b"
check "two: one dead, put at the other" fc --bus "$two" -q put "$work/b" --name b --to second --replicas 1
check "two: one dead, get at the other" fc --bus "$two" get b -o "$work/b.out"
check "two: one dead, the other tells" until_true 5 seen first
start_program one "$bin/fragcast-bus" --listen "$one" --http none || bad "two: one does not start again"
again() { fc --bus "$one" --json ls | jq -se 'map(.name)|sort==["a","b"]'; }
check "two: one is back and knows what came meanwhile" until_true 8 again
strike two
check "two: the other dead, get at the first" fc --bus "$one" get a -o "$work/a.out"
check "two: the very bytes" cmp "$work/a" "$work/a.out"
((failures == 0))
