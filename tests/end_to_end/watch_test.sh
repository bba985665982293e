#!/usr/bin/env bash
# zmq-watch: what a person and a script see of a bus, and of any other publisher.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
watch() { "$bin/zmq-watch" "$@"; }
# seen FILE PATTERN: a line of it matches.
seen() { grep -qE "$2" "$work/$1"; }
# started NAME ARGUMENT…: a watch in the background that has seen its first message (the bus speaks every 5 s).
started() {
  local name=$1
  shift
  "$bin/zmq-watch" "$@" >"$work/$name" 2>"$work/$name.err" &
  watches+=($!)
  until_true 15 test -s "$work/$name"
}
watches=()

start_bus || { echo "FAIL watch: the bus does not start"; exit 1; }
start_peer peer1 || { echo "FAIL watch: peer1 does not start"; exit 1; }
head -c 300000 /dev/urandom >"$work/file"

# Not by check, whose subshell would forget the process.
if started all; then pass "watch: it sees the bus speak"; else bad "watch: it sees the bus speak: $(<"$work/all.err")"; fi
started json --json
started topics -t fragment.available. -t asset.published. -t bus.stats. --bus "$FRAGCAST_BUS"
fc put "$work/file" --name seen --to peer1 >/dev/null 2>&1 || bad "watch: put"
peer_id=$(api peer1 info | jq -r .id)
short=${peer_id:0:8}
check "watch: a line has time, topic, sender with its name, and the body" until_true 5 seen all \
  "^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{3}  fragment\.available\.[0-9a-f]{8}\.\. +$short peer1 +asset=\{id=[0-9a-f]{8} name=seen kind=file size=300000 .*\} fragments="
check "watch: peers that join and leave are seen" until_true 5 seen all 'peer\.left\.[0-9a-f]{8}\.\. .* peer=[0-9a-f]{8} guest-'
whole() { jq -se 'length > 3 and all(.[]; .unix_ms and .topic and .sender and .message.kind) and any(.[]; .message.kind == "fragment_available" and .message.asset.name == "seen" and .sender == "'"$peer_id"'")' "$work/json"; }
check "watch: --json is one whole object per line" until_true 5 whole
only() { seen topics 'fragment\.available' && ! grep -vE '^[0-9:.]+  (fragment\.available|asset\.published|bus\.stats)\.' "$work/topics"; }
check "watch: -t, repeated, is what it shows and nothing else" until_true 5 only

count() { [[ $(watch -C 1 -W 120 | wc -l) == 1 ]]; }
check "watch: -C ends after so many messages" count
short_of() { watch -C 1000000 -W 0.3 >/dev/null; [[ $? == 27 ]]; }
check "watch: -W ends after so many seconds, with 27 when -C was not reached" short_of
check "watch: -W alone is no failure" watch -W 0.3
expect "watch: no bus" 1 'no bus at tcp://127.0.0.1:9' watch --bus tcp://127.0.0.1:9
expect "watch: a bad address is named" 2 'nonsense' watch --connect nonsense
expect "watch: an option that is none is named" 2 'no-such' watch --no-such
# The reader is gone after a line: the next message ends the watch, without a word.
quiet() { { watch 2>"$work/pipe.err"; echo "$?" >"$work/pipe.status"; } | head -n 1 >/dev/null; [[ $(<"$work/pipe.status") == 0 && ! -s $work/pipe.err ]]; }
check "watch: a closed pipe ends it quietly" quiet

direct() { watch --connect "$(ready_field bus out)" -C 1 -W 120 | grep -qE '  [0-9a-f]{8} '; }
check "watch: --connect to the bus's publisher" direct
# A publisher that is none of ours: ZMTP by hand, with text, every byte, a message of a thousand frames, one of
# 3 MB, and all that the fuzzers ever found.
python3 - "$root/tests/fuzz/corpus" >"$work/publisher" 2>"$work/publisher.err" <<'P' &
import os, random, socket, sys

def frame(data, more):
    flags = (1 if more else 0) | (2 if len(data) > 255 else 0)
    size = len(data).to_bytes(8 if len(data) > 255 else 1, "big")
    return bytes([flags]) + size + data

def message(*frames):
    return b"".join(frame(f, i + 1 < len(frames)) for i, f in enumerate(frames))

def ready(body):
    return b"\x04" + bytes([len(body)]) + body

random.seed(1)
every = [message(b"weather", b"sunny, 21 C"), message(bytes(range(256))), message(*[b""] * 1000), message(b"big", bytes(3000000))]
for folder, _, names in sorted(os.walk(sys.argv[1])):
    for name in sorted(names):
        data = open(os.path.join(folder, name), "rb").read()
        every += [message(data), message(b"peer.alive.", data), message(data, data)]
every += [message(b"noise", random.randbytes(random.randrange(200))) for _ in range(1000)]
every.append(message(b"the end"))
server = socket.create_server(("127.0.0.1", 0))
print("tcp://127.0.0.1:%d" % server.getsockname()[1], flush=True)
peer, _ = server.accept()
peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31))
peer.sendall(ready(b"\x05READY\x0bSocket-Type" + (3).to_bytes(4, "big") + b"PUB"))
heard = b""
while len(heard) < 64 + 27 + 3:  # its greeting, READY and subscription
    heard += peer.recv(4096)
peer.sendall(b"".join(every))
print(len(every), flush=True)
while peer.recv(4096):
    pass
P
until_true 5 test -s "$work/publisher"
address=$(head -n 1 "$work/publisher")
"$bin/zmq-watch" --connect "$address" -W 600 >"$work/alien" 2>"$work/alien.err" &
watches+=($!)
check "watch: what no decoder can read does not end it" until_true 20 seen alien '  the end$'
check "watch: text of others is text" seen alien '  weather  sunny, 21 C$'
check "watch: bytes are hex, long ones with their size" seen alien '  x000102030405060708090a0b.*… \(256 bytes\)$'
lines() { [[ $(wc -l <"$work/alien") == "$(sed -n 2p "$work/publisher")" ]] && ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$work/alien"; }
check "watch: a line for each, and no control character in any" lines

# Nobody reads what it prints, and 200 MB come: it takes them, and keeps little of them.
python3 - "$work/unread.pid" >"$work/flood" 2>"$work/flood.err" <<'P' &
import array, fcntl, glob, os, select, socket, sys, termios

server = socket.create_server(("127.0.0.1", 0))
print("tcp://127.0.0.1:%d" % server.getsockname()[1], flush=True)
peer, _ = server.accept()
body = b"\x05READY\x0bSocket-Type" + (3).to_bytes(4, "big") + b"PUB"
peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31) + b"\x04" + bytes([len(body)]) + body)
heard = b""
while len(heard) < 64 + 27 + 3:
    heard += peer.recv(4096)
message = b"\x02" + (1000).to_bytes(8, "big") + b"x" * 1000
while not os.path.exists(sys.argv[1]):
    select.select([], [], [], 0.01)
tasks = glob.glob("/proc/%d/task/*/stat" % int(open(sys.argv[1]).read()))


def all_read():  # it took what there is, and each of its threads sleeps
    unsent = array.array("i", [0])
    fcntl.ioctl(peer, termios.TIOCOUTQ, unsent)
    return unsent[0] == 0 and all(open(task).read().rsplit(")", 1)[1].split()[0] == "S" for task in tasks)


for _ in range(200):
    peer.sendall(message * 1000)
    while not all_read():
        select.select([peer], [], [], 0.001)
print("sent", flush=True)
while peer.recv(4096):
    pass
P
until_true 5 test -s "$work/flood"
mkfifo "$work/unread"
exec 8<>"$work/unread"
"$bin/zmq-watch" --connect "$(head -n 1 "$work/flood")" >"$work/unread" 2>"$work/unread.err" &
unread=$!
echo "$unread" >"$work/unread.tmp" && mv "$work/unread.tmp" "$work/unread.pid"
check "watch: who does not read it holds nobody up" until_true 60 grep -q sent "$work/flood"
small() { (($(awk '/VmRSS/ {print $2}' "/proc/$unread/status") < 100000)); }
check "watch: and it keeps no more than 8 MiB of what is not read" small
kill -INT "$unread"
ended_unread() { [[ ! -e /proc/$unread ]] || [[ $(awk '/State/ {print $2}' "/proc/$unread/status") == Z ]]; }
check "watch: it ends all the same" until_true 5 ended_unread
exec 8>&-
check "watch: and says how much was not shown" grep -qE '[0-9]+ messages were not shown' "$work/unread.err"
kill "${watches[@]}" 2>/dev/null
((failures == 0))
