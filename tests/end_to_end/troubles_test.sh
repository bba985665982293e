#!/usr/bin/env bash
# README, "When something is wrong": each trouble is brought about, and what the program says is what the page quotes.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

# Numbers, ids and folders differ from run to run; the words do not. The page breaks lines, and marks with `.
normal() { tr '\n' ' ' | sed -E 's/[`*]//g; s/ +/ /g; s|/[a-zA-Z0-9_./-]*/([^ /]+)|/\1|g; s/\.cutting-[0-9a-f-]*//g; s/[0-9]+/N/g'; }
sed -n '/^## When something is wrong/,/^MPL/p' "$root/README.md" | normal >"$work/page"
# quoted TEXT: the page has it. says WHAT PATTERN FILE: the line of FILE that matches is quoted by the page.
quoted() { grep -qF -- "$(normal <<<"$1" | sed 's/ $//')" "$work/page" || { echo "README does not have: $(normal <<<"$1")"; return 1; }; }
quotes() { # PATTERN FILE
  local line
  line=$(grep -oE "$1" "$2" | head -1)
  [[ -n $line ]] || { echo "nothing said like /$1/: $(tail -n 1 "$2")"; return 1; }
  quoted "$line"
}
said() { until_true 5 quotes "$@" || quotes "$@"; }
says() { check "troubles: $1" said "$2" "$3"; }
# What a program says that must not start.
refusal() { ! timeout 120 "$@" >"$work/refusal" 2>&1 </dev/null; }

# No copies are made here: what a peer has is what was put there, however long the rest takes.
start_bus && start_peer p1 --no-copies && start_peer p2 --no-copies || { echo "FAIL troubles: bus and peers do not start"; exit 1; }
bus=$FRAGCAST_BUS
page_of() { http_of "$1" | sed 's|http://||'; }

# --- a program does not start ---
check "troubles: a bus on a port in use does not start" refusal "$bin/fragcast-bus" --listen "$bus" --http none
says "and says which other to take" 'cannot bind .*' "$work/refusal"
check "troubles: nor a peer whose page has a port in use" refusal "$bin/fragcast-peer" --name x --store "$work/x" --http "$(page_of p1)"
says "and says which other to take" 'cannot serve HTTP at .*' "$work/refusal"
check "troubles: nor a peer with a store in use" refusal "$bin/fragcast-peer" --name x --store "$work/p1"
says "and says whose it is" 'store .* is in use by process .*' "$work/refusal"
check "troubles: nor what goes beyond this machine" refusal "$bin/fragcast-bus" --listen tcp://0.0.0.0:0
says "and says why, and --insecure" 'goes beyond .*' "$work/refusal"

# --- a peer does not register ---
start_peer early --bus tcp://127.0.0.1:9
says "a peer without a bus says so, and that it tries again" 'no bus at .* \(refused; try 1.*' "$run/early.log"
start_peer lost --bus tcp://no-such-name.invalid:5550
resolves_not() { grep -qE 'no bus at tcp://no-such-name.invalid:5550 \(cannot resolve' "$run/lost.log" && quoted 'Cannot resolve'; }
check "troubles: a bus's name that nobody knows is told from one that refuses" until_true 5 resolves_not

# --- connection refused ---
fc --bus tcp://127.0.0.1:9 --timeout 2 ls 2>"$work/err"
says "fragcast without a bus" 'no bus at tcp.*' "$work/err"
fc --peer http://127.0.0.1:9 ls 2>"$work/err"
says "fragcast without a peer" 'no answer from .*' "$work/err"
curl -s -H 'Host: nas:8001' "$(http_of p1)/" | jq -r .detail | tr '"' "'" >"$work/err"
sed -i "s/'/\"/g" "$work/err"
says "a page under a name that it was not given" 'this server is not .*' "$work/err"

# --- a stale list ---
until_true 10 looked p1 || bad "troubles: p1 does not tell how long it runs"
head -c 3000000 /dev/urandom >"$work/film"
fc -q put "$work/film" --name film --to p1 --replicas 1 >/dev/null || bad "troubles: put"
held() { fc --json directory | jq -r --arg p "$1" 'select(.name==$p).holds[]|select(.name=="film").fragments'; }
holds() { [[ $(held "$1") == "$2" ]]; }
check "troubles: the list names what is there" until_true 5 holds p1 0-9
rm "$work"/p1/assets/film-*/00[0-4].*
curl -s -o /dev/null "$(http_of p2)/content/$(id_of film)" & # it waits for ever: nobody has it any more
asking=$!
check "troubles: what was taken away by hand is announced gone when it is asked for" until_true 10 holds p1 5-9
kill $asking
mv "$work"/p1/assets/film-*/008.* "$work"
check "troubles: and at a refresh" fc refresh --peer p1
check "troubles: at once" until_true 5 holds p1 5-7,9
mv "$work"/008.* "$work"/p1/assets/film-*/
check "troubles: where what was put back counts" grep -q '^film 8 added' <(fc refresh --peer p1)
check "troubles: and is listed" until_true 5 holds p1 5-9
rm "$work"/p1/assets/film-*/009.*
kill -TERM "$(cat "$run/p1.pid")"
gone() { ! fc peers | grep -q "^$1 "; }
check "troubles: a stopped peer is gone from the list" until_true 10 gone p1
until_true 10 bash -c "! kill -0 $(cat "$run/p1.pid")"
fc -q split "$work/film" --name by-hand --replicas 1 -o "$work/p1/assets" >/dev/null || bad "troubles: split"
start_peer p1
check "troubles: and at the next start" until_true 10 holds p1 5-8
by_hand() { fc --json directory | jq -se 'any(.[]|select(.name=="p1").holds[]; .name=="by-hand" and .fragments=="0-9")'; }
check "troubles: where a folder of split counts too" until_true 10 by_hand
# Who asks is there before the bus, which settles for 6 s only.
settling=tcp://127.0.0.1:$(bus_port)
fc --bus "$settling" --timeout 120 directory >"$work/err" 2>&1 &
asking=$!
start_program bus2 "$bin/fragcast-bus" --listen "$settling" --http none || bad "troubles: a second bus"
wait $asking
says "a bus that has just started says that it is settling" 'the bus is settling.*' "$work/err"
kill -KILL "$(cat "$run/early.pid")" "$(cat "$run/lost.pid")"

# --- it waits; it cannot be played ---
status=0
fc locate film 1 2>"$work/err" || status=$?
check "troubles: a fragment that nobody has is status 3" test $status == 3
says "and says so" 'nobody has .*' "$work/err"
has() { quoted "$1" && grep -rq -- "$1" "$root/player/play/page"; }
check "troubles: the page's button is named as here" has "Sound on"
check "troubles: and what it says of a codec" has "This browser cannot play it"
if ffmpeg -v error -f lavfi -i testsrc2=size=64x64:rate=5:duration=12 -c:v libx265 -x265-params log-level=none:keyint=5 -f matroska "$work/rare.mkv" 2>/dev/null; then
  fc split "$work/rare.mkv" -o "$work/rare" >"$work/err" 2>&1
  rare() { grep -q 'not every browser plays' "$work/err" && quoted 'not every browser plays'; }
  check "troubles: a codec that is not in every browser is said when it is cut" rare
else
  echo "SKIP troubles: rare codec: this ffmpeg makes no HEVC"
fi

# --- the disk is full ---
if [[ $EUID == 0 ]] && mkdir "$work/small" && mount -t tmpfs -o size=600k tmpfs "$work/small" 2>/dev/null; then
  trap 'umount -l "$work/small"; cleanup' EXIT
  fc -q put "$work/film" --name full --to p2 --replicas 1 >/dev/null || bad "troubles: put"
  start_program p3 "$bin/fragcast-peer" --name p3 --store "$work/small" --http 127.0.0.1:0 --max-store-size 0 || bad "troubles: p3"
  knows() { api p3 assets | jq -e '[.assets[].name]|index("full")'; }
  until_true 10 knows
  curl -s -o "$work/some" "$(http_of p3)/content/$(id_of full)" &
  asking=$!
  says "a peer with a full disk" 'no room on disk.*' "$run/p3.log"
  kill $asking
  curl -s --max-time 120 -H 'X-Fragcast: 1' -T "$work/film" -X POST "$(http_of p3)/api/v1/assets?name=more" -o "$work/err"
  says "and an upload for which there is no room" "no room on this peer's disk: until it is cut it takes" "$work/err"
  mount -o remount,size=30m "$work/small"
  all() { curl -fsS --max-time 120 "$(http_of p3)/content/$(id_of full)" | cmp - "$work/film"; }
  check "troubles: and with room again it goes on" until_true 60 all
  kill -KILL "$(cat "$run/p3.pid")"
  until_true 5 bash -c "! kill -0 $(cat "$run/p3.pid")"
  mount -o remount,size=600k "$work/small" 2>/dev/null || { rm -rf "$work/small/assets" && mount -o remount,size=600k "$work/small"; }
  fc split "$work/film" -o "$work/small" >"$work/err" 2>&1
  says "split on a full disk" 'no room to write .*' "$work/err"
else
  echo "SKIP troubles: full disk: may not mount a tmpfs here"
fi
((failures == 0))
