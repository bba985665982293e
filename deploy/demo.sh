#!/usr/bin/env bash
# The whole of fragcast in one command: sets up, builds, starts a bus and N peers, publishes a video so
# that no peer but the swarm has the whole, and follows the announcements until Ctrl-C.
#
#   deploy/demo.sh [VIDEO] [--peers N]    VIDEO: a 30 s sample that it makes; N: 3
#   deploy/demo.sh --check                unattended: tries every feature, PASS/FAIL/TODO a line
set -euo pipefail
trap 'exit 130' INT TERM HUP # nothing is made yet
source "$(dirname "$0")/common.sh"

video=
peers=3
check=0
while (($#)); do
  case $1 in
    --peers) [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || die "--peers needs a number from 1 to 99"; peers=$2; shift 2 ;;
    --check) check=1; shift ;;
    -h|--help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) die "unknown option '$1'; see --help" ;;
    *) [[ -z $video ]] || die "one video at a time"; [[ -r $1 ]] || die "no such file: $1"; video=$(realpath "$1"); shift ;;
  esac
done
((check && peers < 3)) && die "--check needs at least three peers"

[[ -x $bin/fragcast-peer && -x $bin/fragcast && -x $bin/fragcast-bus && -x $bin/zmq-watch ]] || {
  say "setting up (once) …"
  "$root/deploy/setup.sh"
  say "building (once; a few minutes) …"
  build_programs
}

# Ctrl-C may come at any moment: we end, and clean up whatever there is by then.
stopped=0 work='' run='' demo=''
sample=${XDG_CACHE_HOME:-$HOME/.cache}/fragcast/sample-1.mp4
clean_up() {
  local status=$? deadline=$(($(now_ms) + 2500))
  trap '' INT TERM HUP
  if [[ -n $demo ]]; then
    # Said until it is heard: who was only just forked loses a signal.
    while kill -TERM -- "-$demo" 2>/dev/null && (($(now_ms) < deadline)); do pause 0.05; done
    kill -KILL -- "-$demo" 2>/dev/null || true
    stop_all 2500
  fi
  rm -rf ${work:+"$work"} "$sample.$$.mp4"
  exit "$status"
}
trap clean_up EXIT
# keeps COMMAND…: what this makes is known by its name before Ctrl-C ends us.
keeps() {
  trap 'stopped=1' INT TERM HUP
  "$@"
  trap 'exit 130' INT TERM HUP
  ((stopped == 0)) || exit 130
}
make_folder() { work=$(trap '' INT TERM HUP; mktemp -d "${TMPDIR:-/tmp}/fragcast-demo-XXXXXX"); }
keeps make_folder
run=$work/run
mkdir "$run"
export FRAGCAST_BUS= TMPDIR=$work

# A moving picture with the time in it, and a tone that counts the seconds.
make_sample() {
  if [[ ! -s $sample ]]; then
    mkdir -p "${sample%/*}"
    ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=640x360:rate=30:duration=30 \
      -f lavfi -i "aevalsrc='0.2*sin(2*PI*(300+20*floor(t))*t)*lt(mod(t,1),0.3)':s=48000:d=30" \
      -c:v libx264 -preset veryfast -crf 26 -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -b:a 96k \
      -movflags +faststart "$sample.$$.mp4" && mv "$sample.$$.mp4" "$sample"
  fi
  printf '%s\n' "$sample"
}

run_demo() {
  name=${video:+$(basename "${video%.*}")}
  name=${name:-sample}
  [[ -n $video ]] || video=$(make_sample)

  start_free_bus bus --http 127.0.0.1:0 || die "the bus did not start"
  FRAGCAST_BUS=$(ready_field bus directory)
  for ((i = 1; i <= peers; ++i)); do
    start_program "peer$i" "$bin/fragcast-peer" --name "peer$i" --store "$work/peer$i" || die "peer$i did not start"
  done

  if ((check)); then
    source "$root/tests/check/check.sh"
    check_all
    return
  fi

  spread=(--spread)
  ((peers > 1)) || spread=()
  "$bin/fragcast" put "$video" --name "$name" "${spread[@]}"
  say
  say "bus    $FRAGCAST_BUS    $(ready_field bus http)"
  for ((i = 1; i <= peers; ++i)); do
    say "peer$i  $(ready_field "peer$i" http)/#$(jq -rn --arg n "$name" '$n|@uri')"
  done
  say
  say "Open any of these addresses: it plays, and each peer fetches what it lacks from the others."
  say "A film of your own:  $bin/fragcast --bus $FRAGCAST_BUS put FILM.mp4 --spread"
  say "Ctrl-C stops all of it. What the bus carries now:"
  say
  "$bin/zmq-watch" --bus "$FRAGCAST_BUS" -t fragment. -t asset. -t peer.joined. -t peer.left. -t viewer.
}

# It runs in a process group of its own, so that this shell has one thing to do: wait, and stop all of it.
begin() {
  set -m
  run_demo &
  demo=$!
  set +m
}
keeps begin
wait "$demo"
