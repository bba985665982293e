#!/usr/bin/env bash
# Players read from a peer that has nothing of the film at first: it fetches while they read. ffprobe and
# ffmpeg decode every frame; ffplay (without a screen) plays it in its time.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
export SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy

seconds=6
make_film "$work/film.mp4" $seconds
start_bus || { echo "FAIL players: the bus does not start"; exit 1; }
start_peer p1 || { echo "FAIL players: p1 does not start"; exit 1; }
fc -q put "$work/film.mp4" --name film --to p1 --replicas 1 >/dev/null || bad "players: put"
id=$(id_of film)
pictures() { ffmpeg -nostdin -v error -xerror -i "$1" -map 0:v:0 -f framemd5 - 2>"$work/err" | awk -F, '!/^#/ {print $NF}'; }
frames() { ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames -of csv=p=0 "$1" 2>>"$work/err" | head -1 | tr -dc 0-9; }
pictures "$work/film.mp4" >"$work/pictures"
many=$(wc -l <"$work/pictures")

# fresh NAME: a peer that holds nothing of it, and will keep no copy but what is asked for.
fresh() {
  start_peer "$1" --no-copies || bad "players: $1 does not start"
  until_true 5 knows "$1" || bad "players: $1 does not learn of the film"
  [[ $(api "$1" assets | jq -r '.assets[0].here') == - ]] || bad "players: $1 has something of it already"
}
knows() { api "$1" assets | jq -e '.assets|length==1'; }
same_pictures() { pictures "$1" | cmp - "$work/pictures" && [[ ! -s $work/err ]] || { cat "$work/err"; return 1; }; }
all_frames() { : >"$work/err"; [[ $(frames "$1") == "$many" && ! -s $work/err ]] || { cat "$work/err"; return 1; }; }
plays() { timeout 300 ffplay -v error -nostats -autoexit -x 160 -y 120 "$1" 2>"$work/play$2.err" && [[ ! -s $work/play$2.err ]] || { cat "$work/play$2.err"; return 1; }; }
whole() { [[ $(api "$1" assets | jq '.assets[0]|.bytes_here==.size') == true ]]; }

number=0
for path in "hls/$id/index.m3u8" "content/$id"; do
  what=${path%%/*}
  fresh "probed-$what"
  check "players: ffprobe decodes all $many frames of /$what/" all_frames "$(http_of "probed-$what")/$path"
  fresh "decoded-$what"
  check "players: ffmpeg decodes the very pictures of /$what/" same_pictures "$(http_of "decoded-$what")/$path"
  check "players: and the peer has all of it then" until_true 5 whole "decoded-$what"
  fresh "played-$what"
  began=$EPOCHREALTIME
  plays "$(http_of "played-$what")/$path" $what >"$work/$what.out" 2>&1 &
  players[number++]="$! $what $began"
done
for player in "${players[@]}"; do
  read -r pid what began <<<"$player"
  wait "$pid" && pass "players: ffplay plays /$what/ to its end" || bad "players: ffplay of /$what/: $(tail -1 "$work/$what.out")"
  awk -v a="$began" -v b="$EPOCHREALTIME" -v s=$seconds 'BEGIN {exit !(b - a > s - 1)}' || bad "players: ffplay ended /$what/ early"
done
exit $((failures > 0))
