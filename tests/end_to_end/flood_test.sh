#!/usr/bin/env bash
# 60 raw clients write to a socket as fast as it takes, are cut and come back at once: neither a bus nor a peer takes more
# than 200 MiB for it, and others are served meanwhile. FRAGCAST_FLOOD_SECONDS: of each flood.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
flood="$(dirname "$0")/flood.py"
seconds=${FRAGCAST_FLOOD_SECONDS:-5}
limit=200 # MiB

most() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$(cat "$run/$1.pid")/status"; }
port_of() { ready_field "$1" "$2" | grep -oE '[0-9]+$'; }
lean() { # NAME: took no more than that since the flood began
  local had
  had=$(most "$1")
  echo "$had MiB"
  [[ -n $had ]] && ((had < limit))
}
# besiege WHO FIELD TYPE SHAPE COMMAND…: what must come true meanwhile.
besiege() {
  local who=$1 field=$2 type=$3 shape=$4 pid
  shift 4
  echo 5 >"/proc/$(cat "$run/$who.pid")/clear_refs" # VmHWM from here on
  : >"$work/flood"  # or the beginning of the last one is found in it
  python3 "$flood" dial "$(port_of "$who" "$field")" "$type" "$shape" 60 "$seconds" >"$work/flood" 2>&1 &
  pid=$!
  until_true 5 grep -q begun "$work/flood" || bad "flood: of $shape does not begin at $field"
  check "flood: of $shape at $field of $who: others are served" until_true 10 "$@"
  wait "$pid" || bad "flood: $(tail -n 1 "$work/flood")"
  check "flood: of $shape at $field of $who costs less than $limit MiB" lean "$who"
  echo "     $(most "$who") MiB at most, $(tail -n 1 "$work/flood") connections and MiB"
}
number=0
published() { # an announcement comes through the forwarder
  local name=new$number
  [[ -e $work/$name ]] || { head -c 1000 /dev/urandom >"$work/$name" && fc -q put "$work/$name" --name "$name" --to p1 --replicas 1; }
  api p2 assets | grep -q "$name"
}
listed() { fc --json ls | grep -q film; }
fetched() { rm -f "$work/got" && timeout 30 "$bin/fragcast" -q get film -o "$work/got" && cmp -s "$work/got" "$work/film"; }

head -c 3000000 /dev/urandom >"$work/film"
start_bus || { echo "FAIL flood: the bus does not start"; exit 1; }
for name in p1 p2; do start_peer $name --no-copies || { echo "FAIL flood: $name does not start"; exit 1; }; done
fc -q put "$work/film" --name film --to p1 --replicas 1 >/dev/null || bad "flood: put"
for shape in small empty pings endless; do
  besiege bus directory DEALER $shape listed
  number=$((number + 1)); besiege bus in PUB $shape published
  number=$((number + 1)); besiege bus out SUB "${shape/small/subscriptions}" published
done
for shape in small empty pings endless chunks; do
  besiege p1 exchange DEALER $shape fetched
done
# Who is dialled.
for shape in small endless; do
  : >"$work/flood"  # or the port of the last one is found in it
  python3 "$flood" listen ROUTER $shape $seconds >"$work/flood" 2>&1 &
  pid=$!
  until_true 5 grep -q port "$work/flood" || bad "flood: nobody listens"
  start_peer "dials_$shape" --no-bus --friend "tcp://127.0.0.1:$(awk '/port/ { print $2 }' "$work/flood")" || bad "flood: a peer does not start"
  wait "$pid"
  check "flood: of $shape by whom it dialled costs a peer less than $limit MiB" lean "dials_$shape"
  check "flood: and it answers" api "dials_$shape" info
done
for name in bus p1 p2; do check "flood: $name lives" kill -0 "$(cat "$run/$name.pid")"; done
exit $((failures > 0))
