#!/usr/bin/env bash
# A bus and four peers as hosts on one switch (network namespaces): the swarm is cut in two, one host both ways and one
# of them one way only, while another's process is stopped; for longer than a lease. Both halves change. Then it is joined.
set -uo pipefail
source "$(dirname "$0")/../support/end_to_end.sh"
source "$(dirname "$0")/../support/hosts.sh"
hosts=(bus peer1 peer2 peer3 peer4)
peers=(peer1 peer2 peer3 peer4)
address() { # HOST
  local i
  for i in "${!hosts[@]}"; do [[ ${hosts[$i]} == "$1" ]] && echo "10.78.0.$((i + 1))"; done
}

make_switched_hosts partition 10.78.0 "${hosts[@]}"
trap 'kill -CONT "$(cat "$run/peer2.pid" 2>/dev/null)" 2>/dev/null; cleanup; remove_hosts' EXIT
for host in "${hosts[@]}"; do
  on "$host" nft -f - <<'N' || skip "nftables may not filter here"
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
ask() { local peer=$1; shift; on "$peer" curl -fsS --max-time 120 "http://$(address "$peer"):8001/api/v1/$1"; }
fetch() { on "$1" curl -fsS --max-time 120 "http://$(address "$1"):8001/content/$2" | cmp - "$3"; }
registered() { [[ $(bus_ --json peers | jq -rs 'map(select(.guest|not).name)|sort|join(" ")') == "$1" ]]; }
# What each has, as it says itself, and what each (and the bus) thinks that the others have: "NAME PEER FRAGMENTS".
consistent() {
  local peer base name urls thinks
  : >"$work/is"
  for peer in "${peers[@]}"; do
    base=http://$(address "$peer"):8001/api/v1
    urls=("$base/assets")
    for name in "${names[@]}"; do urls+=("$base/locate?name=$name&via=local"); done
    on "$peer" curl -sS --max-time 120 "${urls[@]}" | jq -r --arg p "$peer" '
      if .assets then .assets[]|select(.here!="-")|"is \(.name) \($p) \(.here)"
      elif .holders then .asset.name as $n|.holders[]|"thinks \($n) \(.peer.name) \(.fragments)" else empty end' >"$work/look.$peer"
    sed -n 's/^is //p' "$work/look.$peer" >>"$work/is"
  done
  bus_ --json directory | jq -r '.name as $p|.holds[]|"thinks \(.name) \($p) \(.fragments)"' >"$work/look.bus"
  for who in bus "${peers[@]}"; do
    thinks=$(sed -n 's/^thinks //p' "$work/look.$who" | sort)
    [[ $thinks == "$(sort "$work/is")" ]] || { echo "$who thinks otherwise: $(diff <(echo "$thinks") <(sort "$work/is") | tr '\n' ' ')"; return 1; }
  done
}
holders() { ask "$1" "locate?name=$2&via=local" | jq '.holders|length'; }
for name in a b c; do head -c 3000000 /dev/urandom >"$work/$name"; done
put() { bus_ -q put "$work/$1" --name "$1" --to "$2" --replicas 1 >/dev/null; }
id_at_bus() { bus_ --json ls | jq -r --arg n "$1" 'select(.name==$n).id'; }
put a peer1 && put b peer3 || bad "partition: put"
a=$(id_at_bus a) b=$(id_at_bus b)
names=(a b)
check "partition: whole at first" until_true 10 consistent
ids() { for peer in "${peers[@]}"; do ask "$peer" info | jq -r '.id+" "+(.epoch|tostring)'; done; }
before=$(ids)

# In two: bus, peer1 and peer2 here, peer3 and peer4 there; of peer4 only what it says is lost. And peer2 is stopped.
for here in bus peer1 peer2; do
  cut $here peer3
  cut peer3 $here
  cut peer4 $here
done
kill -STOP "$(cat "$run/peer2.pid")"
check "partition: the half without a bus serves and fetches" fetch peer4 "$b" "$work/b"
check "partition: the other half gets something new" put c peer1
c=$(id_at_bus c)
check "partition: who is cut off or stopped lapses" until_true 25 registered "peer1"
check "partition: what the other half has is known to be lost for now" test "$(holders peer1 b || echo 0)" == 0
check "partition: and each half gets on" fetch peer4 "$b" "$work/b"
kill -CONT "$(cat "$run/peer2.pid")"
mend
joined=$(date +%s%N)
names=(a b c)
check "partition: joined and continued, all register" until_true 25 registered "peer1 peer2 peer3 peer4"
check "partition: and all know what changed in both halves" until_true 20 consistent
echo "registered and consistent $((($(date +%s%N) - joined) / 1000000)) ms after it was joined"
check "partition: they are who they were" test "$(ids)" == "$before"
check "partition: this half gets from the other" fetch peer1 "$b" "$work/b"
check "partition: who was cut off gets from this one" fetch peer3 "$a" "$work/a"
check "partition: who was cut off one way, too" fetch peer4 "$c" "$work/c"
check "partition: and who was stopped" fetch peer2 "$b" "$work/b"
check "partition: all is known" until_true 10 consistent
((failures == 0))
