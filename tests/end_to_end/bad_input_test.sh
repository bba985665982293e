#!/usr/bin/env bash
# Bad input gets a clear answer and the right status, and nothing is left behind.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

make_film "$work/film.mp4" 6
start_bus || { echo "FAIL bad input: the bus does not start"; exit 1; }
start_peer peer1 || { echo "FAIL bad input: peer1 does not start"; exit 1; }
start_peer peer2 || { echo "FAIL bad input: peer2 does not start"; exit 1; }

# A page that calls itself a peer, and says nothing else to everything.
python3 - >"$work/page" <<'P' &
import http.server
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = b'{"program": "fragcast-peer", "id": "%s", "name": "x"}' % (b"ab" * 16)
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200); self.send_header("Content-Type", "application/json"); self.send_header("Content-Length", str(len(self.answer))); self.end_headers()
        self.wfile.write(self.answer)
    do_POST = do_PUT = do_DELETE = do_GET
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print(server.server_port, flush=True)
server.serve_forever()
P
page=$!
until_true 10 test -s "$work/page"
for verb in verify refresh; do
  expect "bad input: $verb at a page of something else ends" 1 'fragcast peer' timeout 20 "$bin/fragcast" --peer "http://127.0.0.1:$(cat "$work/page")" $verb
done
kill "$page"

export TMPDIR=$work/tmp
mkdir "$TMPDIR"
nothing_left() { [[ -z $(ls -A "$work/cut" "$TMPDIR" 2>/dev/null | grep -v ':$') ]]; }
expect "bad input: no such file" 1 'absent' fc split "$work/absent" -o "$work/cut"
: >"$work/empty"
expect "bad input: an empty file" 1 'empty' fc split "$work/empty" -o "$work/cut"
expect "bad input: put of an empty file" 1 'empty' fc put "$work/empty"
check "bad input: nothing is left behind" nothing_left
expect "bad input: usage is status 2" 2 '' fc split
echo "this is text" >"$work/text.mp4"
as_file() { fc --json split "$work/text.mp4" -o "$work/cut2" | jq -e '.kind=="file"' && fc join "$work"/cut2/*/ -o "$work/text.out" && cmp "$work/text.mp4" "$work/text.out"; }
check "bad input: text named .mp4 goes as a file, every byte" as_file
head -c 60000 "$work/film.mp4" >"$work/cut.mp4"
truncated() { fc split "$work/cut.mp4" -o "$work/cut3" >/dev/null && fc join "$work"/cut3/*/ -o "$work/cut.out" && cmp "$work/cut.mp4" "$work/cut.out"; }
check "bad input: a truncated video goes as a file, every byte" truncated
expect "bad input: join does not replace" 1 'exist' fc join "$work"/cut3/*/ -o "$work/cut.out"

port=$(ready_field bus in)
expect "bad input: a port in use names another" 1 'in use.*--listen' "$bin/fragcast-bus" --listen "$port" --http none
expect "bad input: a peer's page port in use names another" 1 'in use.*--http' "$bin/fragcast-peer" --name x --store "$work/x" --http "$(http_of peer1 | sed 's|http://||')"
expect "bad input: a peer's exchange port in use names another" 1 'in use.*--listen' "$bin/fragcast-peer" --name x --store "$work/x" --listen "$(ready_field peer1 exchange)"
expect "bad input: the bus's page port in use names another" 1 'in use.*--http' "$bin/fragcast-bus" --listen tcp://127.0.0.1:0 --http "$(ready_field bus http | sed 's|http://||')"
expect "bad input: a store in use names its process" 1 "in use by process $(cat "$run/peer1.pid") \(peer1\)" "$bin/fragcast-peer" --name other --store "$work/peer1"
expect "bad input: beyond loopback needs --insecure" 2 'insecure' "$bin/fragcast-bus" --listen tcp://0.0.0.0:0 --http none
expect "bad input: the same for a peer" 2 'insecure' "$bin/fragcast-peer" --name x --store "$work/x" --listen tcp://0.0.0.0:0
expect "bad input: a bad address is named" 2 'nonsense' "$bin/fragcast-peer" --name x --store "$work/x" --bus nonsense
expect "bad input: no bus" 1 'no bus at tcp://127.0.0.1:9' fc --bus tcp://127.0.0.1:9 --timeout 2 ls
expect "bad input: no such peer" 1 'no peer' fc put "$work/film.mp4" --to nobody
# Without a bus a peer serves, says so, and joins when one comes. A bus needs three ports in a row.
free_port() {
  python3 - <<'P'
import socket
for port in range(22000, 32000, 3):
    try:
        for s in [socket.create_server(("127.0.0.1", port + i)) for i in range(3)]: s.close()
        print(port); break
    except OSError: pass
P
}
absent=tcp://127.0.0.1:$(free_port)
check "bad input: a peer without a bus starts" start_peer alone --bus "$absent"
serves() { curl -fsS "$(http_of alone)/healthz" && grep -q "no bus at $absent .*serving without it" "$run/alone.log"; }
check "bad input: it serves, and says that no bus is there" until_true 5 serves
start_program late "$bin/fragcast-bus" --listen "$absent" --http none || bad "bad input: a late bus does not start"
comes() { fc --bus "$absent" --json peers | jq -es 'any(.name == "alone")'; }
check "bad input: and joins it when it comes" until_true 15 comes
start_program twin1 "$bin/fragcast-peer" --name twin --store "$work/twin1" --http 127.0.0.1:0 && start_program twin2 "$bin/fragcast-peer" --name twin --store "$work/twin2" --http 127.0.0.1:0 || bad "bad input: twins do not start"
two() { [[ $(fc --json peers | jq -s '[.[]|select(.name=="twin")]|length') == 2 ]]; }
check "bad input: two peers of one name are two peers" until_true 5 two
expect "bad input: a peer's name that fits two is refused" 1 '2 peers fit "twin"' fc --peer twin info
both() { local id; for id in $(fc --json peers | jq -r 'select(.name=="twin").id'); do grep -q "${id:0:8}" "$work/err" || return 1; done; }
check "bad input: and both are listed" both
for name in '../../evil' $'new\nline' "$(printf 'x%.0s' {1..300})"; do
  expect "bad input: a name like $(printf %.12q "$name") is refused" 1 'name' fc put "$work/film.mp4" --name "$name"
done

to_full() { "$@" >/dev/full; }
expect "bad input: an answer that finds no room is an error" 1 'could not be written to the standard output: No space left' to_full fc peers

# Rubbish to every socket: each program stays up, says so once, and goes on.
shout() { timeout 3 bash -c "cat >/dev/tcp/${1%:*}/${1##*:}" 2>/dev/null; }
for endpoint in "$(ready_field bus directory)" "$(ready_field bus in)" "$(ready_field bus out)" "$(ready_field peer1 exchange)"; do
  address=${endpoint#tcp://}
  for round in 1 2 3; do
    { printf '\xff'; head -c 3000000 /dev/urandom; } | shout "$address"
    printf 'GET / HTTP/1.1\r\nHost: %s\r\n\r\n' "$address" | shout "$address"
    printf '\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL\0' | shout "$address"
  done
done
counted() { (($("$bin/zmq-watch" -t bus.stats. -C 1 -W 20 | sed -n 's/.* garbage=\([0-9]*\).*/\1/p') >= 9)); }
check "bad input: rubbish is counted" until_true 15 counted
once() { (($(grep -c 'does not speak ZeroMQ' "$run/$1.log") <= $2)) && grep -q 'does not speak ZeroMQ' "$run/$1.log"; }
check "bad input: and said by the bus, not for each" once bus 6
check "bad input: and said by the peer, not for each" once peer1 3
alive() { fc put "$work/film.mp4" --name after >/dev/null && fc get after -o "$work/after.mp4"; }
check "bad input: after rubbish on every socket a put and a get work" alive

if [[ $EUID == 0 ]] && mkdir "$work/small" && mount -t tmpfs -o size=300k tmpfs "$work/small" 2>/dev/null; then
  expect "bad input: a full disk is said, and what to do" 1 'room|space' fc split "$work/film.mp4" -o "$work/small"
  check "bad input: and nothing is left on it" test -z "$(ls -A "$work/small")"
  umount "$work/small"
else
  echo "SKIP bad input: full disk: may not mount a tmpfs here"
fi
mkdir "$work/sealed"; chmod 555 "$work/sealed"; chmod 755 "$work"
as_nobody=()
[[ $EUID == 0 ]] && as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
if "${as_nobody[@]}" test -x "$bin/fragcast-peer"; then
  expect "bad input: a store that is not writable" 1 'not writable' "${as_nobody[@]}" "$bin/fragcast-peer" --name x --store "$work/sealed"
  check "bad input: and nothing is left in it" test -z "$(ls -A "$work/sealed")"
else
  echo "SKIP bad input: a store that is not writable: nobody else may run $bin"
fi
((failures == 0))
