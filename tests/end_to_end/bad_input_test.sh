#!/usr/bin/env bash
# Bad input gets a clear answer and the right status, and nothing is left behind.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

make_film "$work/film.mp4" 6
start_bus || { echo "FAIL bad input: the bus does not start"; exit 1; }
start_peer peer1 || { echo "FAIL bad input: peer1 does not start"; exit 1; }
start_peer peer2 || { echo "FAIL bad input: peer2 does not start"; exit 1; }

nothing_left() { [[ -z $(ls -A "$work/cut" 2>/dev/null) ]] && ! ls "${TMPDIR:-/var/tmp}"/fragcast-put-* >/dev/null 2>&1; }
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
expect "bad input: a store in use names its process" 1 "in use by process $(cat "$run/peer1.pid") \(peer1\)" "$bin/fragcast-peer" --name other --store "$work/peer1"
expect "bad input: beyond loopback needs --insecure" 2 'insecure' "$bin/fragcast-bus" --listen tcp://0.0.0.0:0 --http none
expect "bad input: the same for a peer" 2 'insecure' "$bin/fragcast-peer" --name x --store "$work/x" --listen tcp://0.0.0.0:0
expect "bad input: a bad address is named" 2 'nonsense' "$bin/fragcast-peer" --name x --store "$work/x" --bus nonsense
expect "bad input: no bus" 1 'no bus at tcp://127.0.0.1:9' fc --bus tcp://127.0.0.1:9 --timeout 2 ls
expect "bad input: no such peer" 1 'no peer' fc put "$work/film.mp4" --to nobody
for name in '../../evil' $'new\nline' "$(printf 'x%.0s' {1..300})"; do
  expect "bad input: a name like ${name:0:10} is refused" 1 'name' fc put "$work/film.mp4" --name "$name"
done

# Rubbish to every socket: each program stays up and goes on.
for endpoint in "$(ready_field bus directory)" "$(ready_field bus in)" "$(ready_field bus out)" "$(ready_field peer1 exchange)"; do
  address=${endpoint#tcp://}
  head -c 3000000 /dev/urandom | timeout 3 bash -c "cat >/dev/tcp/${address%:*}/${address##*:}" 2>/dev/null
  printf '\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL\0' | timeout 1 bash -c "cat >/dev/tcp/${address%:*}/${address##*:}" 2>/dev/null
done
alive() { fc put "$work/film.mp4" --name after >/dev/null && fc get after -o "$work/after.mp4"; }
check "bad input: after rubbish on every socket a put and a get work" alive

if [[ $EUID == 0 ]] && mkdir "$work/small" && mount -t tmpfs -o size=300k tmpfs "$work/small" 2>/dev/null; then
  expect "bad input: a full disk is said, and what to do" 1 'room|space' fc split "$work/film.mp4" -o "$work/small"
  check "bad input: and nothing is left on it" test -z "$(ls -A "$work/small")"
  umount "$work/small"
else
  echo "SKIP bad input: full disk: may not mount a tmpfs here"
fi
if [[ $EUID != 0 ]]; then
  mkdir "$work/sealed"; chmod 500 "$work/sealed"
  expect "bad input: a store that is not writable" 1 'writ' "$bin/fragcast-peer" --name x --store "$work/sealed"
fi
((failures == 0))
