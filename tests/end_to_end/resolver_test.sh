#!/usr/bin/env bash
# A name server that hears questions and never answers: a peer whose bus and friend have names serves on.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
[[ $EUID == 0 ]] || { echo "SKIP resolver: needs root for a namespace with another resolv.conf"; exit 0; }
# The silent name server; it tells how many questions it heard.
mute=127.0.0.99
python3 - "$mute" >"$work/questions" 2>"$work/mute.err" <<'P' &
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    server.recvfrom(4096)
    print("question", flush=True)
P
server=$!
trap 'kill $server 2>/dev/null; cleanup' EXIT
until_true 10 grep -q ready "$work/questions" || { echo "SKIP resolver: port 53 of $mute is taken here"; exit 0; }
printf 'nameserver %s\noptions timeout:30 attempts:3\n' "$mute" >"$work/resolv.conf"
cat >"$work/deaf" <<S
#!/bin/sh
# Runs a command with that name server, in a mount namespace of its own.
mount --bind $work/resolv.conf /etc/resolv.conf && exec "\$@"
S
chmod +x "$work/deaf"
deaf() { unshare --mount "$work/deaf" "$@"; }
deaf true 2>/dev/null || { echo "SKIP resolver: may not make a mount namespace here"; exit 0; }

start_bus || { echo "FAIL resolver: the bus does not start"; exit 1; }
start_peer peer1 || { echo "FAIL resolver: peer1 does not start"; exit 1; }
head -c 3000000 /dev/urandom >"$work/file"
fc put "$work/file" --name file --to peer1 >/dev/null 2>&1 || bad "resolver: put"
start_program deaf unshare --mount "$work/deaf" "$bin/fragcast-peer" --name deaf --store "$work/deaf.store" --http 127.0.0.1:0 \
  --bus tcp://bus.invalid.example:5550 --bus "$FRAGCAST_BUS" --friend tcp://friend.invalid.example:5551 \
  --friend "$(ready_field peer1 exchange)" || { echo "FAIL resolver: a peer of named buses does not start"; exit 1; }
check "resolver: the name server is asked" until_true 10 grep -q question "$work/questions"
# While that hangs, each answer of the page's API comes at once, and fetching works.
# The name server is waited for 10 s and longer.
quick() {
  local i began
  began=$(now_ms)
  for i in {1..50}; do curl -fsS --max-time 120 "$(http_of deaf)/healthz" >/dev/null || return 1; done
  in_time $(($(now_ms) - began)) 5000
}
check "resolver: meanwhile the peer answers" quick
content() { curl -fsS --max-time 120 "$(http_of deaf)/content/$(id_of file)" | cmp - "$work/file"; }
check "resolver: and fetches and serves by the other bus" content
hangs() { grep -q 'no bus at tcp://bus.invalid.example:5550 .*no answer from the name servers' "$run/deaf.log"; }
check "resolver: the lookup is given up and said" until_true 15 hangs
check "resolver: and still it answers" quick
# A lookup under way does not hold up the end.
pid=$(cat "$run/deaf.pid")
kill -TERM "$pid"
ended() { ! kill -0 "$pid"; }
check "resolver: it ends without waiting for the name server" within 10 ended
((failures == 0))
