#!/usr/bin/env bash
# A bus and three peers as four hosts: network namespaces around a router, each link 50 Mbit/s, every
# connection 80 ms there and back.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
source "$(dirname "$0")/../support/hosts.sh"
make_hosts hosts router bus peer1 peer2 peer3 guest
on router sysctl -qw net.ipv4.ip_forward=1
n=0
for host in bus peer1 peer2 peer3 guest; do
  n=$((n + 1))
  on "$host" ip addr add "10.77.$n.2/24" dev out
  on "$host" ip route add default via "10.77.$n.1"
  on router ip addr add "10.77.$n.1/24" dev "$host"
  for end in "$host out" "router $host"; do
    on ${end% *} tc qdisc add dev ${end#* } root tbf rate 50mbit burst 64kbit latency 400ms || skip "no tbf here"
  done
done
on router nft -f - <<'N' || skip "nftables may not redirect here"
table ip delay {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    meta l4proto tcp redirect to :7777
  }
}
N
on router python3 "$root/tests/support/delay_relay.py" 7777 40 >"$work/relay.out" 2>&1 &
until_true 10 grep -q ready "$work/relay.out" || { echo "FAIL hosts: the relay does not start"; exit 1; }
# The guest dials out and nobody may dial it.
on guest nft -f - <<'N'
table inet closed {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    meta l4proto icmp accept
  }
}
N

start_program bus ip netns exec "$tag-bus" "$bin/fragcast-bus" --insecure --listen tcp://10.77.1.2:5550 --http 10.77.1.2:5553 || { echo "FAIL hosts: bus"; exit 1; }
for i in 1 2 3; do
  start_program peer$i ip netns exec "$tag-peer$i" "$bin/fragcast-peer" --insecure --name peer$i --store "$work/peer$i" \
    --bus tcp://10.77.1.2:5550 --listen "tcp://10.77.$((i + 1)).2:5560" --http "10.77.$((i + 1)).2:8001" || { echo "FAIL hosts: peer$i"; exit 1; }
done
export FRAGCAST_BUS=tcp://10.77.1.2:5550
head -c 12000000 /dev/urandom >"$work/file.bin"
check "hosts: put from behind a closed inbound" on guest "$bin/fragcast" put "$work/file.bin" --name far --spread
fetch() { on guest "$bin/fragcast" get far -o "$work/far.out" && cmp "$work/far.out" "$work/file.bin"; }
began=$(now_ms)
check "hosts: get over 50 Mbit/s and 80 ms" fetch
took=$(($(now_ms) - began))
echo "get of 12 MB over 50 Mbit/s and 80 ms: $took [ms]"
# The wire alone needs 1.92 s; joining, asking and hashing may cost as much again. Where the relay is slow itself: three
# times what a plain transfer takes there.
(cd "$work" && exec ip netns exec "$tag-peer1" python3 -m http.server 9000 >/dev/null 2>&1) &
serving=$!
until_true 10 on guest curl -fs -o /dev/null --range 0-0 http://10.77.2.2:9000/file.bin
began=$(now_ms)
on guest curl -fsS -o /dev/null http://10.77.2.2:9000/file.bin || bad "hosts: the plain transfer"
plain=$(($(now_ms) - began))
kill $serving
echo "a plain transfer of it: $plain [ms]"
check "hosts: in at most three times what the wire needs" test "$took" -lt $((plain > 1920 ? 3 * plain : 5760))
through() { on guest curl -fsS --max-time 120 "http://10.77.4.2:8001/content/$(on bus "$bin/fragcast" --json ls | jq -r 'select(.name=="far").id')" | cmp - "$work/file.bin"; }
check "hosts: a page serves what its peer fetches" through
((failures == 0))
