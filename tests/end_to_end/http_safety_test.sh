#!/usr/bin/env bash
# The HTTP of peer and bus against what is sent to harm them: other sites, paths, bodies, ranges, crowds.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
here=$(dirname "$0")
ulimit -n "$(ulimit -Hn)"

make_film "$work/film.mp4" 12
head -c 9000000 /dev/urandom >"$work/bytes"
start_bus || { echo "FAIL http: the bus does not start"; exit 1; }
for name in p1 viewer; do start_peer $name --no-copies || { echo "FAIL http: $name does not start"; exit 1; }; done
fc -q put "$work/film.mp4" --name film --to p1 --replicas 1 || bad "http: put"
fc -q put "$work/bytes" --name bytes --to p1 --replicas 1 || bad "http: put"
export PEER VIEWER BUS ASSET FILE STORE=$work/p1 BYTES=$work/bytes
PEER=$(http_of p1) VIEWER=$(http_of viewer) BUS=$(http_of bus) ASSET=$(id_of film) FILE=$(id_of bytes)
# A disk that an upload can fill.
if [[ $EUID == 0 ]] && mkdir "$work/small" && mount -t tmpfs -o size=64m tmpfs "$work/small" 2>/dev/null; then
  trap 'stop_all 3000; umount -l "$work/small"; cleanup' EXIT
  start_program small "$bin/fragcast-peer" --name small --store "$work/small/store" --no-bus --http 127.0.0.1:0 || bad "http: small does not start"
  export SMALL SMALL_STORE=$work/small/store
  SMALL=$(http_of small)
fi
start_peer doomed --no-copies || bad "http: doomed does not start"
export DOOMED DOOMED_PID DOOMED_STORE=$work/doomed
DOOMED=$(http_of doomed) DOOMED_PID=$(cat "$run/doomed.pid")
python3 "$here/http_safety.py" || failures=$((failures + 1))
start_peer doomed --no-copies || bad "http: doomed does not start again"
check "http: and at its next start nothing is left of it" eval '[[ -z $(ls -A "$work/doomed/incoming") ]] && ! api doomed assets | grep -q half'
# 1 KiB/s: what is asked of it is held.
start_peer thin --no-copies --max-download 1K || bad "http: thin does not start"
PEER_PID=$(cat "$run/p1.pid") THIN=$(http_of thin) python3 "$here/http_crowds.py" || failures=$((failures + 1))
exit $((failures > 0))
