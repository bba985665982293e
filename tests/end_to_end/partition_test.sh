#!/usr/bin/env bash
# A bus and four peers as hosts on one switch (network namespaces): the swarm is cut in two, both halves change, and it
# is joined; then one host is cut one way while another's process is stopped for longer than its lease.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
[[ $EUID == 0 ]] || { echo "SKIP partition: needs root for network namespaces"; exit 0; }
tag=fp$$
hosts=(bus peer1 peer2 peer3 peer4)
peers=(peer1 peer2 peer3 peer4)
remove() {
  kill -CONT "$(cat "$run/peer2.pid" 2>/dev/null)" 2>/dev/null
  cleanup
  local host
  for host in switch "${hosts[@]}"; do ip netns del "$tag-$host" 2>/dev/null; done
}
trap remove EXIT
on() { local host=$1; shift; ip netns exec "$tag-$host" "$@"; }
address() { # HOST
  local i
  for i in "${!hosts[@]}"; do [[ ${hosts[$i]} == "$1" ]] && echo "10.78.0.$((i + 1))"; done
}

ip netns add "$tag-switch" 2>/dev/null || { echo "SKIP partition: may not make network namespaces here"; exit 0; }
on switch ip link add br0 type bridge
on switch ip link set br0 up
n=0
for host in "${hosts[@]}"; do
  n=$((n + 1))
  ip netns add "$tag-$host"
  ip link add "p$n$$" type veth peer name "q$n$$"
  ip link set "p$n$$" netns "$tag-$host"
  ip link set "q$n$$" netns "$tag-switch"
  on switch ip link set "q$n$$" master br0 up
  on "$host" ip link set lo up
  on "$host" ip addr add "10.78.0.$n/24" dev "p$n$$"
  on "$host" ip link set "p$n$$" up
  on "$host" nft -f - <<'N' || { echo "SKIP partition: nftables may not filter here"; exit 0; }
table inet cut {
  set from { type ipv4_addr; }
  set to { type ipv4_addr; }
  chain input { type filter hook input priority filter; ip saddr @from drop; }
  chain output { type filter hook output priority filter; ip daddr @to drop; }
}
N
done
# Nothing gets from one to the other, in silence; and all does again.
cut() { on "$1" nft add element inet cut to "{ $(address "$2") }"; }
mend() { for host in "${hosts[@]}"; do on "$host" nft flush set inet cut to; done; }

start_program bus ip netns exec "$tag-bus" "$bin/fragcast-bus" --insecure --listen tcp://10.78.0.1:5550 --http none || { echo "FAIL partition: bus"; exit 1; }
for peer in "${peers[@]}"; do
  start_program "$peer" ip netns exec "$tag-$peer" "$bin/fragcast-peer" --insecure --name "$peer" --store "$work/$peer" \
    --no-copies --bus tcp://10.78.0.1:5550 --listen "tcp://$(address "$peer"):5560" --http "$(address "$peer"):8001" || { echo "FAIL partition: $peer"; exit 1; }
done
bus_() { on bus "$bin/fragcast" --bus tcp://10.78.0.1:5550 "$@"; }
ask() { local peer=$1; shift; on "$peer" curl -fsS --max-time 20 "http://$(address "$peer"):8001/api/v1/$1"; }
fetch() { on "$1" curl -fsS --max-time 20 "http://$(address "$1"):8001/content/$2" | cmp - "$3"; }
registered() { [[ $(bus_ --json peers | jq -rs 'map(select(.guest|not).name)|sort|join(" ")') == "$1" ]]; }
# What each has, as it says itself: "peer1 0-9".
truth() {
  for peer in "${peers[@]}"; do ask "$peer" assets | jq -r --arg p "$peer" --arg n "$1" '.assets[]|select(.name==$n and .here!="-")|$p+" "+.here'; done | sort
}
told() { jq -r '.holders[]|.peer.name+" "+.fragments' | sort; }
consistent() {
  local name is peer
  for name in a b; do
    is=$(truth $name)
    [[ -n $is ]] || { echo "nobody has $name"; return 1; }
    [[ $(bus_ --json locate $name | jq -s '{holders:.}' | told) == "$is" ]] || { echo "the bus thinks otherwise of $name"; return 1; }
    for peer in "${peers[@]}"; do
      [[ $(ask "$peer" "locate?name=$name&via=local" | told) == "$is" ]] || { echo "$peer thinks otherwise of $name: $(ask "$peer" "locate?name=$name&via=local" | told | tr '\n' ' '), is $(tr '\n' ' ' <<<"$is")"; return 1; }
    done
  done
}
for name in a b; do head -c 3000000 /dev/urandom >"$work/$name"; done
bus_ -q put "$work/a" --name a --to peer1 --replicas 1 >/dev/null && bus_ -q put "$work/b" --name b --to peer3 --replicas 1 >/dev/null || bad "partition: put"
a=$(bus_ --json ls | jq -r 'select(.name=="a").id') b=$(bus_ --json ls | jq -r 'select(.name=="b").id')
check "partition: whole at first" until_true 10 consistent
ids() { for peer in "${peers[@]}"; do ask "$peer" info | jq -r '.id+" "+(.epoch|tostring)'; done; }
before=$(ids)

# --- in two: bus, peer1, peer2 and peer3, peer4
for here in bus peer1 peer2; do for there in peer3 peer4; do cut $here $there; cut $there $here; done; done
check "partition: the half without a bus serves and fetches" fetch peer4 "$b" "$work/b"
check "partition: and so does the other" fetch peer2 "$a" "$work/a"
check "partition: who is cut off lapses" until_true 25 registered "peer1 peer2"
check "partition: what the other half has is known to be lost for now" test "$(ask peer1 "locate?name=b&via=local" | told | wc -l)" == 0
mend
joined=$(date +%s%N)
check "partition: joined, all register" until_true 25 registered "peer1 peer2 peer3 peer4"
check "partition: and all know what changed in both halves" until_true 20 consistent
echo "registered and consistent $((($(date +%s%N) - joined) / 1000000)) ms after it was joined"
check "partition: each half gets from the other" fetch peer1 "$b" "$work/b"

# --- one way: nothing of peer4 gets out; peer2 is stopped
for there in bus peer1 peer2 peer3; do cut peer4 $there; done
kill -STOP "$(cat "$run/peer2.pid")"
check "partition: cut one way, and stopped: both lapse" until_true 25 registered "peer1 peer3"
check "partition: the others get on" fetch peer3 "$a" "$work/a"
kill -CONT "$(cat "$run/peer2.pid")"
mend
joined=$(date +%s%N)
check "partition: mended and continued, all register" until_true 25 registered "peer1 peer2 peer3 peer4"
check "partition: and all know" until_true 20 consistent
echo "registered and consistent $((($(date +%s%N) - joined) / 1000000)) ms after it was mended"
check "partition: they are who they were" test "$(ids)" == "$before"
check "partition: who was cut off fetches" fetch peer4 "$a" "$work/a"
check "partition: and who was stopped" fetch peer2 "$b" "$work/b"
check "partition: all is everywhere, and known" until_true 10 consistent
((failures == 0))
