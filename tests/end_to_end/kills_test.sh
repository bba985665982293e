#!/usr/bin/env bash
# Real peers that fetch from each other under random kill -9, of peers and of the bus; two are never killed and must not
# leak. FRAGCAST_KILLS (10) kills of FRAGCAST_KILL_PEERS (5) peers, or as many as FRAGCAST_KILL_SECONDS allow.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
kills=${FRAGCAST_KILLS:-10}
count=${FRAGCAST_KILL_PEERS:-5}
limit=${FRAGCAST_KILL_SECONDS:-0}
RANDOM=${FRAGCAST_SEED:-1}
files=6

# A program of which the first thread is gone and another lives has its port and its store still.
python3 -c 'import ctypes, threading, time
threading.Thread(target=time.sleep, args=(300,)).start()
ctypes.CDLL(None).pthread_exit(None)' &
half=$!
first_is_gone() { [[ $(awk '{ print $3 }' "/proc/$half/stat") == Z ]]; }
check "kills: the first thread of a program ends" until_true 10 first_is_gone
check "kills: and it is not over yet" eval '! is_over $half'
kill -KILL "$half"
check "kills: but when it is killed" until_true 10 is_over "$half"

start_bus || { echo "FAIL kills: the bus does not start"; exit 1; }
address=$FRAGCAST_BUS
names=()
for ((i = 1; i <= count; i++)); do names+=("peer$i"); done
declare -A pages wants
# At the same address before and after.
restart() { start_program "$1" "$bin/fragcast-peer" --name "$1" --store "$work/$1" --http "${pages[$1]#http://}"; }
for name in "${names[@]}"; do
  wants[$name]=''
  for tries in 1 2 3 4 5; do
    pages[$name]=http://127.0.0.1:$(peer_port)
    restart "$name" && continue 2
  done
  echo "FAIL kills: $name does not start"
  exit 1
done
ids=()
for ((i = 0; i < files; i++)); do
  head -c $((2000000 + RANDOM * 40)) /dev/urandom >"$work/file$i"
  fc -q put "$work/file$i" --name "file$i" --to "${names[$((RANDOM % count))]}" >/dev/null || bad "kills: put"
done
until_true 10 eval '[[ $(fc --json ls | wc -l) == $files ]]'
for ((i = 0; i < files; i++)); do ids+=("$(id_of "file$i")"); done

want() { # NAME ID: asked for, not waited for
  curl -s -o /dev/null --max-time 60 -H 'X-Fragcast: 1' -H 'Content-Type: application/json' -X POST -d "{\"name\":\"$2\",\"wait_ms\":0}" "${pages[$1]}/api/v1/fetch"
}
has_all() { [[ $(curl -fsS --max-time 60 "${pages[$1]}/api/v1/assets" | jq '[.assets[]|select(.bytes_here==.size)]|length') == "$files" ]]; }
# Not those of fragments, of which the store keeps up to 128 open.
fds() { find "/proc/$(cat "$run/$1.pid")/fd" -type l ! -lname "$work/$1/*" | wc -l; }
rss() { awk '/VmRSS/ {print $2}' "/proc/$(cat "$run/$1.pid")/status"; }
sample() { for name in peer1 peer2; do echo "$name fds $(fds $name) rss $(rss $name) KiB"; done; }

done_kills=0
bus_kills=0
began=$SECONDS
middle=
while ((limit > 0 ? SECONDS - began < limit : done_kills < kills)); do
  name=${names[$((2 + RANDOM % (count - 2)))]}  # not the first two
  for each in peer1 "$name"; do
    id=${ids[$((RANDOM % files))]}
    wants[$each]+=" $id"
    want "$each" "$id"
  done
  pause "0.$((1 + RANDOM % 6))"
  kill -KILL "$(cat "$run/$name.pid")"
  done_kills=$((done_kills + 1))
  if ((done_kills % 8 == 5)); then
    kill -KILL "$(cat "$run/bus.pid")"
    bus_kills=$((bus_kills + 1))
    # A killed process has its port for a moment yet.
    until_true 10 start_bus "$address" || bad "kills: the bus does not start again"
  fi
  restart "$name" || { bad "kills: $name does not start again"; break; }
  for id in ${wants[$name]}; do want "$name" "$id"; done
  # What it costs at once is no leak: looked at when all that will ever be has been.
  if [[ -z $middle ]] && ((limit > 0 ? SECONDS - began > limit / 3 : done_kills > kills / 2)); then middle=$(sample); fi
done
echo "$done_kills kills of peers, $bus_kills of the bus, in $((SECONDS - began)) s"
for name in "${names[@]}"; do for id in "${ids[@]}"; do want "$name" "$id"; done; done
for name in "${names[@]}"; do check "kills: $name has all in the end" until_true 60 has_all "$name"; done
for ((i = 0; i < files; i++)); do
  right() { curl -fsS --max-time 120 "${pages[${names[$((i % count))]}]}/content/${ids[$i]}" | cmp - "$work/file$i"; }
  right || bad "kills: file$i is not what it was"
done
pass "kills: every byte is what it was"
registered() { [[ $(fc --json peers | jq -s '[.[]|select(.guest|not)]|length') == "$count" ]]; }
check "kills: and all are registered" until_true 20 registered
after=$(sample)
echo "in the middle: $(tr '\n' ' ' <<<"$middle")"
echo "at the end:    $(tr '\n' ' ' <<<"$after")"
for name in peer1 peer2; do
  fds_before=$(awk -v n=$name '$1 == n {print $3}' <<<"$middle") fds_after=$(awk -v n=$name '$1 == n {print $3}' <<<"$after")
  rss_before=$(awk -v n=$name '$1 == n {print $5}' <<<"$middle") rss_after=$(awk -v n=$name '$1 == n {print $5}' <<<"$after")
  # A few links more or less; a buffer pool that grows to its bound.
  check "kills: $name leaks no descriptor" test "$fds_after" -le $((fds_before + 4 * count))
  check "kills: $name leaks no memory" test "$rss_after" -le $((rss_before + 65536))
done
((failures == 0))
