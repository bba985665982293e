#!/usr/bin/env bash
# The store of real processes: kill -9 in the middle, a damaged file, a full disk, a copied store, a put and a get cut
# short. What was proven is not fetched again, everything is whole in the end, and nothing is left behind.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

size=24000001
head -c $size /dev/urandom >"$work/file.bin"
head -c 3000000 /dev/urandom >"$work/small.bin"
start_bus || { echo "FAIL store: the bus does not start"; exit 1; }
start_peer source --no-copies || { echo "FAIL store: the source does not start"; exit 1; }
alone() { local name=$1; shift; start_peer "$name" --no-copies "$@"; }
gone() { ! kill -0 "$(cat "$run/$1.pid")"; }
killed() { kill -KILL "$(cat "$run/$1.pid")"; until_true 9 gone "$1"; }
stopped() { kill -TERM "$(cat "$run/$1.pid")"; until_true 9 gone "$1"; }

check "store: put" fc put "$work/file.bin" --name file --to source --replicas 1
check "store: put of a small one" fc put "$work/small.bin" --name small --to source --replicas 1
id=$(id_of file)
folder=assets/file-${id:0:8}

# view PEER [NAME]: reads the whole asset from the peer's page, which makes the peer fetch it.
view() { curl -fsS --max-time 300 "$(http_of "$1")/content/$(id_of "${2:-file}")"; }
viewed() { view "$1" "${2:-file}" | cmp - "$work/${2:-file}.bin"; }
here() { api "$1" "assets/$id" 2>/dev/null | jq -r '.bytes_here // 0'; }
has_bytes() { (($(here "$1") >= $2)); }
# Of its last run, once what the peer says of itself is as new as the asset's end.
bytes_in() { until_true 10 has_bytes "$1" $size; api "$1" info | jq -r '[.. | .bytes_in? // empty] | max'; }
tidy() { # PEER: its store has what STORE.md names, and nothing else.
  local i expected=(epoch lock peer.key ports "$folder/held" "$folder/manifest")
  for i in {0..9}; do expected+=("$folder/00$i.bin" "$folder/00$i.proof"); done
  diff <(cd "$work/$1" && find . -type f ! -path './assets/small-*' -printf '%P\n' | LC_ALL=C sort) <(printf '%s\n' "${expected[@]}" | LC_ALL=C sort)
}
whole() { cat "$work/$1/$folder"/0*.bin | cmp - "$work/file.bin"; }

# The source sends no faster than this.
pace() { curl -fsS --max-time 120 -X PUT -H 'X-Fragcast: 1' -d "{\"max_upload\":$1}" -o /dev/null "$(http_of source)/api/v1/limits"; }
# resumes PEER BYTES…: a peer that is killed each time when it has so many bytes, then fetches the rest. Where it had all
# before the last kill, it is tried again at half the pace: on a busy machine a look takes as long as the rest.
resumes() {
  local name=$1 had=0 bytes again=0 rate=4194304 viewer
  shift
  while ((again == 0 && rate > 100000)); do
    rm -rf "${work:?}/$name"
    pace $rate
    for bytes; do
      alone "$name" || { bad "store: $name does not start"; return; }
      view "$name" >/dev/null 2>&1 &
      viewer=$!
      until_true 30 has_bytes "$name" "$bytes" || bad "store: $name does not get to $bytes bytes"
      had=$(here "$name")
      killed "$name"
      wait $viewer 2>/dev/null
    done
    alone "$name" || { bad "store: $name does not start again"; return; }
    viewed "$name" || { bad "store: killed at $* bytes, not all is whole in the end"; return; }
    again=$(bytes_in "$name")
    ((again)) || killed "$name"
    rate=$((rate / 2))
  done
  pass "store: killed at $* bytes, all is whole in the end"
  if ((again > 0 && again <= size - had)); then
    pass "store: and of $had proven bytes none was fetched again"
  else
    bad "store: $again bytes were fetched though $had of $size were here"
  fi
  check "store: the very bytes lie on disk" whole "$name"
  check "store: and nothing else does" tidy "$name"
  # Nobody but the source may help the next one.
  check "store: a peer ends in order" stopped "$name"
}
resumes early 1000000
resumes late 18000000
resumes often 3000000 6500000 7000000 15000000
pace 4194304

# A file that was changed behind our back is not served; its good chunks are kept.
printf 'XXXX' | dd of="$work/often/$folder/003.bin" bs=1 seek=1000000 conv=notrunc 2>/dev/null
echo hello >"$work/often/assets/stray"
alone often || bad "store: often does not start again"
check "store: what is not ours is left alone, and named" grep -q 'assets/stray is left alone' "$run/often.log"
found_out() { [[ -e $work/often/$folder/003.partial && ! -e $work/often/$folder/003.bin ]]; }
check "store: a changed fragment is found out in the background" until_true 20 found_out
check "store: and is whole again when it is wanted" viewed often
again=$(bytes_in often)
# Asked for twice when the first answer is late.
if ((again > 0 && again <= 2 * 262144)); then
  pass "store: for the price of one chunk"
else
  bad "store: $again bytes were fetched for one chunk that was wrong"
fi
check "store: the very bytes lie on disk" whole often

# A store that was copied: two peers of one key. The one with the lower epoch draws another.
cp -a "$work/early" "$work/twin"
alone early || bad "store: early does not start again"
first=$(ready_field early id)
alone twin || bad "store: the copied store does not start"
id_now() { fc --json peers | jq -r --arg n "$1" 'select(.name==$n)|.id'; }
two_ids() {
  local early twin
  early=$(id_now early) twin=$(id_now twin)
  [[ -n $early && -n $twin && $early != "$twin" && ($early == "$first" || $twin == "$first") ]]
}
check "store: of a store and its copy one draws an id of its own" until_true 20 two_ids
check "store: the original serves" viewed early
check "store: the copy serves" viewed twin
changed=twin
[[ $(id_now early) == "$first" ]] || changed=early
drawn=$(id_now $changed)
killed $changed
alone $changed || bad "store: $changed does not start again"
check "store: and keeps the id that it drew" test "$(ready_field $changed id)" == "$drawn"

# A disk without room: fetching stops and says so, serving goes on, and it goes on when there is room.
if [[ $EUID == 0 ]] && mkdir "$work/disk" && mount -t tmpfs -o size=12m tmpfs "$work/disk" 2>/dev/null; then
  trap 'stop_all 3000; umount "$work/disk" 2>/dev/null; cleanup' EXIT
  start_program full "$bin/fragcast-peer" --name full --store "$work/disk/full" --http 127.0.0.1:0 --no-copies --max-store-size 0 || bad "store: full does not start"
  check "store: with room it fetches" viewed full small
  view full >"$work/full.out" 2>/dev/null &
  viewer=$!
  says() { grep -q "$1" "$run/full.log"; }
  check "store: without room it says so" until_true 30 says 'no room on disk'
  disk_is() { [[ $(api full info | jq -r .disk) == "$1" ]]; }
  check "store: the API says so" until_true 5 disk_is full
  waits_for_room() { [[ $(fc why file --peer full | head -1) == "file: there is no room on disk" ]]; }
  check "store: and what waits for it" until_true 5 waits_for_room
  check "store: and serves what it has" viewed full small
  # Not all of it: a part that finds no room is not kept.
  check "store: the disk was used" until_true 5 has_bytes full 4000000
  kept=$(here full)
  mount -o remount,size=64m "$work/disk"
  check "store: it says when there is room again" until_true 10 says 'there is room on disk again'
  wait $viewer || true
  check "store: and fetches the rest" viewed full
  check "store: and the API says that it is well" until_true 5 disk_is ok
  diff_disk() { cat "$work/disk/full/$folder"/0*.bin | cmp - "$work/file.bin"; }
  check "store: the very bytes lie on disk" diff_disk
  stopped full
else
  echo "SKIP store: full disk: may not mount a tmpfs here"
fi
for name in early twin often; do stopped $name; done

# A put cut short is resumed by the same put; a get too.
head -c $size /dev/urandom >"$work/other.bin"
# Not fc: a function in the background is a shell of its own, and would be killed in its place.
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
cuts() { find "$TMPDIR" -maxdepth 1 -name 'fragcast-put-*'; }
taken() { id=$(api $taker assets | jq -r '.assets[]|select(.name=="other").id'); [[ -n $id ]] && has_bytes $taker 10000000; }
# put_killed RATE: to a new peer that takes no more, killed in the middle. False where it had ended by then.
put_killed() {
  local put
  taker=taker$1
  alone $taker --max-download "$1" || bad "store: $taker does not start"
  "$bin/fragcast" put "$work/other.bin" --name other --to $taker --replicas 1 >/dev/null 2>&1 &
  put=$!
  until_true 30 taken || bad "store: no put is under way"
  kill -KILL $put 2>/dev/null
  wait $put 2>/dev/null
  taken
  (($(here $taker) < size)) && return
  killed $taker
  return 1
}
for rate in 6M 3M 1500K 750K; do put_killed $rate && break; done
check "store: what a killed put was cutting is left" test -n "$(cuts)"
check "store: a put cut short is ended by the same put" fc put "$work/other.bin" --name other --to $taker --replicas 1
check "store: which leaves nothing, not even of the killed one" test -z "$(cuts)"
in=$(bytes_in $taker)
# What was on its way when the first put was killed may come twice.
check "store: and sends again only what was on its way" test "$in" -lt $((size + 8 * 1024 * 1024))
check "store: all of it is there" viewed $taker other

target=$work/got.bin
temporary() { compgen -G "$work/.got.bin.fragcast-*" >/dev/null; }
got_some() { temporary && (($(stat -c %b "$work"/.got.bin.fragcast-*) * 512 > 1000000)); }
pace 1048576
"$bin/fragcast" get file -o "$target" >/dev/null 2>&1 &
get=$!
check "store: a get is under way" until_true 30 got_some
kill -KILL $get; wait $get 2>/dev/null
check "store: a get cut short leaves no target" test ! -e "$target"
pace 0
check "store: the same get ends it" fc --json get file -o "$target"
check "store: with the very bytes" cmp "$target" "$work/file.bin"
check "store: and nothing is left of it" test -z "$(compgen -G "$work/.got.bin.fragcast-*")"
rm "$target"
pace 1048576
"$bin/fragcast" get file -o "$target" >/dev/null 2>"$work/get.err" &
get=$!
check "store: another get is under way" until_true 30 got_some
echo mine >"$target"
pace 0
wait $get
check "store: a target that came into being meanwhile stops the get" test $? == 1
check "store: which says why" grep -q 'exists' "$work/get.err"
check "store: and does not replace it" test "$(cat "$target")" == mine
((failures == 0))
