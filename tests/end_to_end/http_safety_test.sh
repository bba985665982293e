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
python3 "$here/http_safety.py" || failures=$((failures + 1))
# 1 KiB/s: what is asked of it is held.
start_peer thin --no-copies --max-download 1K || bad "http: thin does not start"
PEER_PID=$(cat "$run/p1.pid") THIN=$(http_of thin) python3 "$here/http_crowds.py" || failures=$((failures + 1))
exit $((failures > 0))
