#!/usr/bin/env bash
# What a user does with the files of a peer's store, and has it look at them again: refresh, verify, rm; a byte that
# flipped on disk, found by verify, by the slow check in the background, by a neighbour.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

start_bus || { echo "FAIL refresh: the bus does not start"; exit 1; }
for name in p1 p2 p3; do start_peer $name --no-copies || { echo "FAIL refresh: $name does not start"; exit 1; }; done
head -c 5242880 /dev/urandom >"$work/film" # ten fragments of two chunks
status_of() { curl -sS --max-time 40 -o "$work/answer" -w '%{http_code}' "$@"; }
change() { local peer=$1 method=$2 path=$3; shift 3; curl -sS --max-time 40 -X "$method" -H 'X-Fragcast: 1' "$(http_of "$peer")/api/v1/$path" "$@"; }
held() { fc --json directory | jq -r --arg p "$1" --arg n "${2:-film}" 'select(.name==$p).holds[]|select(.name==$n).fragments'; }
holds() { [[ $(held "$1" "${3:-film}") == "$2" ]]; }
here() { api "$1" assets | jq -r --arg n "${2:-film}" '.assets[]|select(.name==$n).here'; }
until_here() { [[ $(here "$1" "${3:-film}") == "$2" ]]; }
same_file() { curl -fsS --max-time 120 "$(http_of "$1")/content/$id" | cmp - "$work/film"; }

# --- refresh: fragments dealt out by hand
until_true 10 looked p1 || bad "refresh: p1 does not tell how long it runs"
check "refresh: nothing has changed" test "$(fc refresh --peer p1)" = "nothing has changed"
cut=$(fc split "$work/film" --name film -o "$work/cut" | head -1)
folder=$(basename "$cut")
for peer in p1 p2; do mkdir "$work/$peer/assets/$folder" && cp "$cut/manifest" "$work/$peer/assets/$folder"; done
cp "$cut"/00[0-4].* "$work/p1/assets/$folder"
cp "$cut"/00[5-9].* "$work/p2/assets/$folder"
check "refresh: a folder that was copied in counts" test "$(fc refresh --peer p1)" = "film 0-4 added"
check "refresh: for programs" test "$(fc --json refresh --peer p2 | jq -c '[.done,.added[0].fragments,.gone,.proving,.refused]')" = '[true,"5-9",[],[],[]]'
id=$(id_of film)
check "refresh: the directory lists 5 here" until_true 5 holds p1 0-4
check "refresh: and 5 there" until_true 5 holds p2 5-9
check "refresh: nothing else has to be done: it plays elsewhere" same_file p3
check "refresh: what was copied in has its name in the events" grep -q 'film' <(fc events)
cp "$cut/006.bin" "$work/p1/assets/$folder/005.bin"
expect "refresh: a file that is another fragment does not count, and is said" 1 'film 5 does not count' fc refresh --peer p1
head -c 200000 "$cut/006.bin" >"$work/p1/assets/$folder/006.bin"
check "refresh: one that is being copied is left alone" test "$(fc refresh --peer p1)" = "nothing has changed"
check "refresh: byte for byte" test "$(stat -c %s "$work/p1/assets/$folder/006.bin")" = 200000
cp "$cut/006.bin" "$work/p1/assets/$folder/006.bin"
check "refresh: and counts when it is whole" test "$(fc refresh --peer p1)" = "film 6 added"
rm "$work"/p1/assets/"$folder"/00[03].bin
check "refresh: what was taken away is told" test "$(fc refresh --peer p1)" = "film 0,3 gone"
check "refresh: and announced gone" until_true 5 holds p1 1-2,4,6
check "refresh: and not fetched again unasked" test "$(here p1)" = 1-2,4,6
mv "$work/p1/assets/$folder" "$work/away"
check "refresh: a whole folder that was taken away is gone" test "$(fc refresh --peer p1)" = "film 1-2,4,6 gone"
unlisted() { [[ -z $(held p1) ]]; }
check "refresh: and announced" until_true 5 unlisted
mv "$work/away" "$work/p1/assets/$folder"
check "refresh: put back it counts" test "$(fc refresh --peer p1)" = "film 1-2,4,6 added"
check "refresh: and is served" same_file p2
check "refresh: no such job is another answer" test "$(status_of -X POST -H 'X-Fragcast: 1' -d '{"job":99}' "$(http_of p1)/api/v1/refresh")" = 404
expect "refresh: needs a peer" 1 '\-\-peer' fc refresh
# What takes longer than the wait is told as that, and goes on.
head -c 400000000 /dev/zero >"$work/long"
fc -q split "$work/long" --name long -o "$work/p1/assets" >/dev/null || bad "refresh: split"
rm "$work/long"
check "refresh: what takes longer is 202" test "$(status_of -X POST -H 'X-Fragcast: 1' -d '{"wait_ms":0}' "$(http_of p1)/api/v1/refresh")" = 202
job=$(jq .job "$work/answer")
# A relisting is under way: what it found is in the next answer.
proven() { [[ $(change p1 POST refresh -d "{\"job\":$job}" | jq -r '[.done,.added[0].fragments]|tostring') == '[true,"0-9"]' ]]; }
check "refresh: and its end is told to who asks again" until_true 60 proven

# --- verify
check "verify: all is well" grep -qE '^14 fragments verified \(.*\), 0 bad$' <(fc verify --peer p1)
check "verify: of one asset" grep -q '^4 fragments verified' <(fc verify film --peer p1)
check "verify: long ones are followed to their end" test "$(change p1 POST verify -d '{"name":"long","wait_ms":0}' | jq -c '[.done,.job>0]')" = '[false,true]'
flip() { # FILE OFFSET: as a bad disk does, under the old time
  cp -p "$1" "$work/before"
  printf '%b' "\\x$(printf %02x $(($(od -An -tu1 -j "$2" -N1 "$1") ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
  touch -r "$work/before" "$1"
}
flip "$work/p1/assets/$folder/004.bin" 300000
check "verify: a flipped byte is status 1" test "$(fc verify film --peer p1 >"$work/out" 2>&1; echo $?)" = 1
check "verify: and named with its chunk" grep -q '^film 4 is bad in chunk 1: dropped' "$work/out"
check "verify: it is fetched again" until_true 10 until_here p1 1-2,4,6
check "verify: as it was" cmp "$cut/004.bin" "$work/p1/assets/$folder/004.bin"
check "verify: and known for good" grep -q ', 0 bad$' <(fc verify film --peer p1)
check "verify: the damage is in the log" grep -q 'film 4 was damaged on disk' "$run/p1.log"
flip "$work/p1/assets/$folder/001.bin" 5
check "verify: for programs" test "$(fc --json verify film --peer p1 | jq -c '[.bad_count,.bad[0].fragment,.bad[0].chunk]')" = '[1,1,0]'
expect "verify: nothing of that name" 3 'nothing of "absent" is here' fc verify absent --peer p1

# --- in the background
until_true 10 until_here p1 1-2,4,6
kill -KILL "$(cat "$run/p1.pid")"
rm -rf "$work"/p1/assets/long-*
flip "$work/p1/assets/$folder/006.bin" 400000
start_peer p1 --no-copies || bad "refresh: p1 does not start again"
check "slow check: a byte that flipped is found by itself" until_true 20 grep -q 'film 6 was damaged on disk' "$run/p1.log"
healed() { cmp "$cut/006.bin" "$work/p1/assets/$folder/006.bin"; }
check "slow check: and the fragment fetched again" until_true 10 healed

# --- a neighbour's complaint
start_peer asker --no-copies || bad "refresh: asker does not start"
check "complaint: a third peer has some" fc -q fetch film --peer p3
for peer in p1 p2; do change $peer DELETE "assets/$id" >/dev/null; done
until_true 5 holds p3 0-9
fc -q fetch film 0 1 2 3 4 5 6 8 9 --peer p2 >/dev/null || bad "complaint: fetch"
flip "$work/p3/assets/$folder/007.bin" 70000
check "complaint: a wrong chunk is not taken" eval '! fc --timeout 2 fetch film 7 --peer asker'
check "complaint: its sender looks, and finds it out" until_true 10 grep -q 'film 7 was damaged on disk' "$run/p3.log"
barred() { api asker peers | jq -e --arg n p3 '.peers[]|select(.name==$n).barred'; }
check "complaint: and is not barred for it" eval '! barred'
check "complaint: nor does it lie any more" until_true 5 holds p3 0-6,8-9
cp "$cut/007.bin" "$work/p2/assets/$folder/007.bin"
check "complaint: with the fragment back in the swarm" grep -q 'film 7 added' <(fc refresh --peer p2)
check "complaint: it heals" until_true 35 until_here p3 0-9
check "complaint: and the asker gets it all" fc -q fetch film --peer asker
check "complaint: from it, too" same_file asker

# --- rm
expect "rm: one digit of an id is nothing to go by" 3 'knows nothing of "."' fc rm "${id:0:1}" --peer p2
for piece in "${id:0:4}" "${id:0:7}"; do
  expect "rm: ${#piece} digits of an id are too few" 1 'too little to remove something by.*It fits .*film' fc rm "$piece" --peer p2
  check "rm: nor by HTTP" test "$(curl -sS -o /dev/null -w '%{http_code}' -X DELETE -H 'X-Fragcast: 1' "$(http_of p2)/api/v1/assets/$piece")" = 400
done
p2_id=$(ready_field p2 id)
expect "rm: of a peer's as well" 1 'no peer' fc rm film --peer "${p2_id:0:7}"
until_true 5 holds p2 0-9
check "rm: says how much" test "$(fc rm film --peer p2)" = "film removed (5 MiB)"
check "rm: nothing is left of it" test -z "$(compgen -G "$work/p2/assets/film-*")"
check "rm: it is announced gone" until_true 5 eval '[[ -z $(held p2) ]]'
check "rm: it is known as declined" test "$(api p2 assets | jq -c '.assets[]|select(.name=="film")|[.here,.declined]')" = '["-",true]'
removed() { fc --json events | jq -se 'any(.[]; .kind=="asset.removed")'; }
check "rm: and recorded" until_true 5 removed
expect "rm: an offer of it is declined" 1 'declined: removed by its user' fc put "$work/film" --name film --to p2
kill -KILL "$(cat "$run/p2.pid")"
start_peer p2 --no-copies || bad "rm: p2 does not start again"
expect "rm: after a restart as well" 1 'declined: removed by its user' fc put "$work/film" --name film --to p2
check "rm: who fetches it asks again" fc -q fetch film --peer p2
check "rm: and it is declined no more" test "$(api p2 assets | jq -c '.assets[]|select(.name=="film")|[.here,.declined]')" = '["0-9",false]'
fc -q rm film --peer p2 >/dev/null
reads() { # PATH HEADER…: the status
  local path=$1
  shift
  curl -s -o "$work/read" -w '%{http_code}' --max-time 40 "$@" "$(http_of p2)$path"
}
for path in "/content/$id" "/content/$id?download=1" "/api/v1/assets/$id" "/api/v1/assets/$id/fragments/0.bin"; do
  check "rm: reading takes no removal back, and says so: ${path/$id/ID}" test "$(reads "$path")" = 404
  check "rm: with what to do" grep -q 'removed from this peer by its user. Have it fetched' "$work/read"
done
check "rm: nor does who says that it is our own page" test "$(reads "/content/$id" -H 'Sec-Fetch-Site: same-origin')" = 404
check "rm: nor anybody's link" test "$(reads "/content/$id" -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: document')" = 404
check "rm: it is declined still, and nothing of it came" test "$(api p2 assets | jq -c '.assets[]|select(.name=="film")|[.here,.declined,.manifest_here]')" = '["-",true,false]'
check "rm: what the page sends at a click does" test "$(reads /api/v1/fetch -X POST -H 'X-Fragcast: 1' -d "{\"name\":\"$id\",\"fragments\":\"0\",\"wait_ms\":0}")" = 202
check "rm: and then it plays" same_file p2
fc -q rm "${id:0:10}" --peer p2 >/dev/null || bad "rm: by a piece of its id"
cp -r "$cut" "$work/p2/assets/"
check "rm: and who copies it in" grep -q 'film 0-9 added' <(fc refresh --peer p2)
check "rm: it is declined no more" test "$(api p2 assets | jq -c '.assets[]|select(.name=="film").declined')" = false
expect "rm: what nobody knows" 3 'absent' fc rm absent --peer p2
start_peer slow --no-copies --max-download 100K || bad "rm: slow does not start"
until_true 5 eval 'api slow assets | jq -e --arg id "$id" ".assets[]|select(.id==\$id)"'
curl -sS --max-time 300 -o "$work/cut-off" "$(http_of slow)/content/$id" 2>/dev/null &
reading=$!
until_true 10 eval '[[ $(api slow assets | jq ".assets[]|select(.name==\"film\").bytes_here") -gt 0 ]]'
fc -q rm film --peer slow >/dev/null || bad "rm: while it is read"
ended() { ! kill -0 $reading 2>/dev/null; }
check "rm: who reads it is cut off" until_true 5 ended
check "rm: and nothing comes any more" test -z "$(compgen -G "$work/slow/assets/film-*")"
exit $((failures > 0))
