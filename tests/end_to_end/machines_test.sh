#!/usr/bin/env bash
# deploy/README.md, "Several machines": its very lines, run on one bus and three peers as four hosts (network
# namespaces on one switch, each with a firewall that drops what the page does not open), and its units.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
source "$(dirname "$0")/../support/hosts.sh"
page=$root/deploy/README.md

# --- the units, which need no root ---
units() {
  mkdir -p "$work/units"
  local unit said
  for unit in fragcast-bus.service fragcast-peer@.service; do
    sed "s|/usr/local/bin|$bin|" "$root/deploy/$unit" >"$work/units/$unit"
  done
  # An unknown key is only printed, with status 0: whatever it says is a fault.
  for unit in fragcast-bus.service fragcast-peer@peer1.service; do
    said=$(systemd-analyze verify "$work/units/$unit" 2>&1) && [[ -z $said ]] || { echo "$unit: $said"; return 1; }
  done
  for unit in fragcast-bus.service fragcast-peer@.service; do
    systemd-analyze security --offline=true --threshold=20 --no-pager "$work/units/$unit" >"$work/out" 2>&1 || { tail -1 "$work/out"; return 1; }
  done
}
if command -v systemd-analyze >/dev/null; then
  check "machines: the units are sound and hardened" units
else
  echo "SKIP machines: units: no systemd-analyze here"
fi

# --- the hosts ---
# The lines of the page under "# TITLE", up to the next empty one.
lines() { sed -n "/^    # $1\$/,/^\$/{/^    # /d; s/^    //p}" "$page"; }

hosts=(bus peer1 peer2 peer3 guest)
make_switched_hosts machines 10.77.0 "${hosts[@]}"
for i in "${!hosts[@]}"; do
  host=${hosts[$i]}
  mkdir -p "/etc/netns/$tag-$host" "$work/$host"
  { echo "127.0.0.1 localhost"; lines "in \/etc\/hosts of each"; } >"/etc/netns/$tag-$host/hosts"
  on "$host" ip addr add "fd00:77::$((i + 1))/64" dev out nodad
  on "$host" nft -f - <<'N' || skip "nftables may not filter here"
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
  }
}
N
done

# run_page TITLE HOST NAME: starts the page's program on that host, in a folder of its own.
run_page() {
  local line
  line=$(lines "$1")
  [[ -n $line ]] || { echo "FAIL machines: the page has nothing under \"# $1\""; exit 1; }
  # shellcheck disable=SC2086 # the line is split as a shell splits it
  (cd "$work/$2" && PATH=$bin:$PATH start_program "$3" ip netns exec "$tag-$2" $line) || { echo "FAIL machines: $3 does not start"; exit 1; }
}
# try HOST SCRIPT: as somebody at that machine would type it.
try() { (cd "$work/$1" && PATH=$bin:$PATH on "$1" bash -euo pipefail -c "$2"); }

reaches() { try guest "timeout 2 bash -c 'exec 3<>/dev/tcp/$1/$2'"; }
closed() { ! reaches "$1" "$2" 2>/dev/null; }
peers_are() { [[ $(try guest "fragcast --bus $1 --json peers" | jq -r 'select(.guest|not).name' | sort | tr '\n' ' ') == "$2" ]]; }

# A peer first: it has to wait for the bus.
run_page "on peer1" peer1 peer1
run_page "on bus" bus bus
check "machines: the firewalls are closed before the page's lines" closed bus 5553
try bus "$(lines "the bus's firewall")" || bad "machines: the bus's firewall line"
for host in peer1 peer2 peer3; do try "$host" "$(lines "each peer's firewall")" || bad "machines: $host's firewall line"; done
run_page "on peer2" peer2 peer2
run_page "on peer3" peer3 peer3
check "machines: a peer that was there before the bus joins, and so do the others" until_true 20 peers_are tcp://bus:5550 "peer1 peer2 peer3 "
told() { [[ $(ready_field peer1 exchange) == tcp://10.77.0.2:5560 && $(ready_field bus directory) == tcp://10.77.0.1:5550 ]]; }
check "machines: names are told as addresses" told
check "machines: the bus shows its state" until_true 5 try guest 'curl -fsS --max-time 30 http://bus:5553/api/v1/info'
make_film "$work/guest/film.mp4" 10
check "machines: what the page does from anywhere works" try guest "$(lines anywhere)"
film() { try guest 'id=$(fragcast --bus tcp://bus:5550 --json ls | jq -r .id); curl -fsS --max-time 30 "http://peer3:8001/content/$id" | cmp - copy.mp4'; }
check "machines: a page serves the film under its host's name" film
hls() { [[ $(try guest 'ffprobe -v error -count_packets -select_streams v -show_entries stream=nb_read_packets -of csv=p=0 http://peer2:8001/hls/$(fragcast --bus tcp://bus:5550 --json ls | jq -r .id)/index.m3u8' | head -1) == 250 ]]; }
check "machines: and plays it to the end" hls
stranger() { [[ $(try guest 'curl -s -o /dev/null -w "%{http_code}" -H "Host: elsewhere.example" http://peer1:8001/') == 421 ]]; }
check "machines: under a name that it was not given, it refuses" stranger

kill -KILL "$(cat "$run/bus.pid")"
friends() { try guest 'rm -f copy.mp4 && fragcast --peer http://peer3:8001 locate film'; }
check "machines: with the bus gone, peer3 asks its friend" until_true 20 friends

run_page "on bus, over IPv6" bus bus6
on bus nft add rule inet filter input tcp dport 6550-6553 accept
on peer1 nft add rule inet filter input tcp dport '{ 6560, 8006 }' accept
run_page "on peer1, over IPv6" peer1 six
check "machines: a peer joins over IPv6" until_true 20 peers_are 'tcp://[fd00:77::1]:6550' "six "
six() { try guest 'export FRAGCAST_BUS=tcp://[fd00:77::1]:6550; head -c 3000000 /dev/urandom >six.bin; fragcast put six.bin --name six; fragcast get six -o six.out; cmp six.bin six.out; curl -gfsS --max-time 30 "http://[fd00:77::2]:8006/content/$(fragcast --json ls | jq -r .id)" | cmp - six.bin'; }
check "machines: put, get and the page over IPv6" six
((failures == 0))
