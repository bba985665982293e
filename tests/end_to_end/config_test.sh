#!/usr/bin/env bash
# Configuration as a user meets it: a file, what is wrong with it, reading it again, what programs print of it.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"

start_bus || { echo "FAIL config: the bus does not start"; exit 1; }
start_peer other || bad "config: other does not start"
cat >"$work/peer.toml" <<E2
name = "written"
store = "$work/written"
http = "127.0.0.1:0"
bus = ["$FRAGCAST_BUS"]
max-upload = "3M"
log-level = "info"
E2
start_program written "$bin/fragcast-peer" --config "$work/peer.toml" || bad "config: does not start"
limits() { api written limits | jq -c '[.max_upload,.max_download]'; }
check "config: a file says it" test "$(limits)" = '[3145728,0]'
same() { diff <("$bin/$1" --print-config) <("$bin/$1" --print-config | "$bin/$1" --config /dev/stdin --print-config); }
for program in fragcast-bus fragcast-peer; do
  check "config: what $program prints it reads back as the same" same $program
  check "config: deploy/${program#fragcast-}.toml is right" "$bin/$program" --config "$root/deploy/${program#fragcast-}.toml" --check-config
done
# The file that we ship has every key, with its default, as the program prints it.
for program in bus peer; do
  every() { diff -B <(sed '1,/^$/d' "$root/deploy/$program.toml") <(env -u FRAGCAST_BUS "$bin/fragcast-$program" --print-config); }
  check "config: deploy/$program.toml has every key and its default" every
done
# Flags over environment over file.
printed() { sed -n 's/^max-upload *= *//p'; }
check "config: the environment is over the file" test "$(FRAGCAST_MAX_UPLOAD=4M "$bin/fragcast-peer" --config "$work/peer.toml" --print-config | printed)" = '"4M"'
check "config: a flag is over the environment" test "$(FRAGCAST_MAX_UPLOAD=4M "$bin/fragcast-peer" --config "$work/peer.toml" --max-upload 5M --print-config | printed)" = '"5M"'

check "config: --no-bus is over a bus of the environment" "$bin/fragcast-peer" --no-bus --name x --store "$work/x" --check-config

# wrong WHAT LINES PATTERN [LINE]: the file with that last line is refused, by file, line, column and reason.
wrong() {
  head -6 "$work/peer.toml" >"$work/wrong.toml"
  echo "$2" >>"$work/wrong.toml"
  expect "config: $1" 2 "wrong.toml:${4:-7}:[0-9]+: .*$3" "$bin/fragcast-peer" --config "$work/wrong.toml" --check-config
}
wrong "an unknown key names the nearest" 'max-downlaod = "1M"' 'did you mean max-download'
wrong "a bad value" 'replicas = "many"' 'replicas'
wrong "a bad unit" 'max-download = "1Q"' 'max-download'
wrong "a bad line" 'max-download 1M' ''
wrong "a text that does not end" 'max-download = "1M' ''
wrong "a key said twice" 'name = "again"' 'name'
wrong "a table" '[max-download]
up = 1' 'max-download.up' 8

# --- read again
said() { grep -q "$1" "$run/written.log"; }
sed -i "s/^max-upload.*/max-upload = \"1M\"/; s/^log-level.*/log-level = \"debug\"/" "$work/peer.toml"
echo "friend = [\"$(ready_field other exchange)\"]" >>"$work/peer.toml"
kill -HUP "$(cat "$run/written.pid")"
changed() { [[ $(limits) == '[1048576,0]' ]]; }
check "config: SIGHUP changes the limits" until_true 5 changed
check "config: and says so" until_true 5 said 'read again: limits, friends and log level'
fc -q put "$work/peer.toml" --name small --to written --replicas 1 >/dev/null
check "config: and the log level" until_true 5 said ' debug .*linked'
sed -i 's/^name.*/name = "renamed"/' "$work/peer.toml"
kill -HUP "$(cat "$run/written.pid")"
check "config: what needs a restart is named" until_true 5 said 'name.*restart\|restart.*name'
sed -i 's/^max-upload.*/max-uplaod = "9M"/' "$work/peer.toml"
kill -HUP "$(cat "$run/written.pid")"
check "config: a file that went wrong is refused" until_true 5 said 'did you mean max-upload'
check "config: and all stays as it was" test "$(limits)" = '[1048576,0]'

# --- IPv6, from the bus on
start_program bus6 "$bin/fragcast-bus" --listen 'tcp://[::1]:0' --http '[::1]:0' || bad "config: no bus on IPv6"
bus6=$(ready_field bus6 directory)
for name in six seven; do
  start_program $name "$bin/fragcast-peer" --name $name --store "$work/$name" --bus "$bus6" --listen 'tcp://[::1]:0' --http '[::1]:0' || bad "config: $name does not start on IPv6"
done
put6() { fc --bus "$bus6" put "$work/peer.toml" --name six --to six --replicas 1 && fc --bus "$bus6" fetch six --peer seven && fc --bus "$bus6" get six -o "$work/got6" && cmp "$work/got6" "$work/peer.toml"; }
check "config: all of it on IPv6" put6

# --- the log for programs
start_peer logged --log-format json --log-level debug || bad "config: logged does not start"
fc -q put "$work/peer.toml" --name small --to logged --replicas 1 >/dev/null
kill -TERM "$(cat "$run/logged.pid")"
ended() { ! kill -0 "$(cat "$run/logged.pid")"; }
until_true 5 ended
check "config: --log-format json: every line is an object" jq -es 'length>5 and all(.[]; type=="object" and has("level") and has("time") and has("text"))' "$run/logged.log"
exit $((failures > 0))
