#!/usr/bin/env bash
# A bus and three peers: publish, fetch, kill anything, and nothing is lost.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

make_film "$work/film.mp4" 20
head -c 20000001 /dev/urandom >"$work/file.bin"
start_bus || { echo "FAIL swarm: the bus does not start"; exit 1; }
for name in peer1 peer2 peer3; do start_peer $name || { echo "FAIL swarm: $name does not start"; exit 1; }; done

check "swarm: put --spread" fc put "$work/film.mp4" --name film --spread --replicas 1
check "swarm: put a file to one peer" fc put "$work/file.bin" --name file --to peer1
nobody_has_all() { [[ $(fc --json directory | jq -s '[.[].holds[]|select(.name=="film" and .fragments=="0-9")]|length') == 0 ]]; }
check "swarm: nobody has the whole film" nobody_has_all
get_file() { fc get file -o "$work/file.out" && cmp "$work/file.bin" "$work/file.out"; }
check "swarm: get gives the very bytes" get_file
get_film() { fc get film -o "$work/film.out" && ffmpeg -v error -i "$work/film.out" -f null -; }
check "swarm: get gathers a film from several" get_film
says_from() { rm -f "$work/film.out"; fc get film -o "$work/film.out" 2>&1 | grep -q 'from peer'; }
check "swarm: get says from whom" says_from
file_id=$(id_of file)
content() { curl -fsS --max-time 120 "$(http_of peer3)/content/$file_id" | cmp - "$work/file.bin"; }
check "swarm: a peer that has nothing of it serves it whole over HTTP" content
hls() { [[ $(ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 "$(http_of peer2)/hls/$(id_of film)/index.m3u8" | head -1) == 500 ]]; }
check "swarm: ffprobe reads every picture of the HLS" hls
range() { cmp <(curl -fsS -r 1000000-1999999 "$(http_of peer2)/content/$(id_of file)") <(tail -c +1000001 "$work/file.bin" | head -c 1000000); }
check "swarm: a range in the middle is held and right" range

# The bus is killed and comes back on the same address: everybody is there again within a heartbeat.
address=$FRAGCAST_BUS
kill -KILL "$(cat "$run/bus.pid")"
check "swarm: with the bus dead the page still serves" content
start_bus "$address" || bad "swarm: the bus does not start again"
all_back() { [[ $(fc --json peers | jq -s '[.[]|select(.guest|not)]|length') == 3 ]]; }
check "swarm: after kill -9 of the bus all register again within a heartbeat" within 8 all_back
holdings_back() { fc --json locate file | jq -se 'map(.peer.name)|index("peer1")'; }
check "swarm: and tell what they have" until_true 8 holdings_back

# A peer is killed and restarted: what it had is served at once.
fragments_of peer1 >"$work/before"
kill -KILL "$(cat "$run/peer1.pid")"
start_peer peer1 || bad "swarm: peer1 does not start again"
check "swarm: a killed peer has what it had" until_true 5 has_still peer1 "$work/before"
rm -f "$work/file.out"
check "swarm: and gives it to others" get_file

# Names that fit two.
head -c 1000 /dev/urandom >"$work/one"; head -c 1001 /dev/urandom >"$work/two"
fc -q put "$work/one" --name twin >/dev/null; fc -q put "$work/two" --name twin >/dev/null
expect "swarm: a name that fits two is refused, and both are listed" 1 'assets fit "twin": .*twin.*say which by its id' fc get twin -o "$work/twin"
expect "swarm: an unknown asset is status 3" 3 'nobody has' fc get unknown -o "$work/unknown"

# Leaving in order.
kill -TERM "$(cat "$run/peer3.pid")"
gone() { ! fc --json peers | grep -q '"peer3"'; }
check "swarm: SIGTERM removes a peer at once" within 3 gone
ended() { ! kill -0 "$(cat "$run/peer3.pid")"; }
check "swarm: and its process ends" within 9 ended
((failures == 0))
