# What the end-to-end tests share; sourced, not run. Real programs, in a folder of their own.
# And in a session of their own, as their programs have: Linux shares processors out by sessions first, and at niceness 19
# what else runs in this one would leave a script half a percent. It still ends with who started it.
[[ $(ps -o sid= -p $$) -eq $$ ]] || exec setsid --wait setpriv --pdeathsig TERM bash "$0" "$@"
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/common.sh"
work=$(mktemp -d)
run=$work/run
mkdir "$run"
cleanup() { stop_all 3000; rm -rf "$work"; }
trap cleanup EXIT
# Its time is over: where it stood is all that there is to go by.
trap 'echo "FAIL ${0##*/}: stopped in its line ${BASH_LINENO[-2]:-$LINENO}, at: $BASH_COMMAND"; exit 143' TERM
failures=0

pass() { echo "PASS $*"; }
bad() { echo "FAIL $*"; failures=$((failures + 1)); }
# check WHAT COMMAND…: PASS or FAIL by the command's status; its output is shown on FAIL.
check() {
  local what=$1 out
  shift
  if out=$("$@" 2>&1); then pass "$what"; else bad "$what: $(tail -n 2 <<<"$out" | tr '\n' ' ')"; fi
}
# expect WHAT STATUS PATTERN COMMAND…: that exit status, and one line of stderr that matches.
expect() {
  local what=$1 status=$2 pattern=$3 got=0
  shift 3
  "$@" >"$work/out" 2>"$work/err" || got=$?
  if [[ $got != "$status" ]]; then
    bad "$what: status $got, not $status: $(tail -n 1 "$work/err")"
  elif ! grep -qE "$pattern" "$work/err"; then
    bad "$what: stderr does not match /$pattern/: $(tail -n 1 "$work/err")"
  else
    pass "$what"
  fi
}
fc() { "$bin/fragcast" "$@"; }
http_of() { ready_field "$1" http; }
api() { curl -fsS --max-time 40 "$(http_of "$1")/api/v1/$2"; }
# start_bus [ADDRESS]: of its own, or there once more.
start_bus() {
  if [[ -n ${1:-} ]]; then
    start_program bus "$bin/fragcast-bus" --listen "$1" --http 127.0.0.1:0 || return
  else
    start_free_bus bus --http 127.0.0.1:0 || return
  fi
  FRAGCAST_BUS=$(ready_field bus directory)
  export FRAGCAST_BUS
}
start_peer() { local name=$1; shift; start_program "$name" "$bin/fragcast-peer" --name "$name" --store "$work/$name" --http 127.0.0.1:0 "$@"; }
# looked PEER: the slow check of its store, which begins 5 s after its start and again a day later, is over where there was
# nothing yet. It would fetch anew what is taken out of the store from then on.
looked() { (($(api "$1" info | jq .uptime_ms) > 7000)); }
make_film() { # FILE SECONDS
  ffmpeg -nostdin -v error -y -f lavfi -i "testsrc2=size=320x240:rate=25:duration=$2" -f lavfi -i "sine=frequency=440:duration=$2" \
    -c:v libx264 -preset ultrafast -g 25 -bf 2 -pix_fmt yuv420p -c:a aac -shortest "$1"
}
id_of() { fc --json ls | jq -r --arg n "$1" 'select(.name==$n).id'; }
