# Hosts of a test, as network namespaces on one switch or router; sourced after end_to_end.sh.
tag=fc$$
made=()
on() { local host=$1; shift; ip netns exec "$tag-$host" "$@"; }
skip() { echo "SKIP $label: $1"; exit $((failures > 0)); }  # what failed before counts all the same

# make_hosts LABEL MIDDLE HOST…: each with a link "out" to the middle, where it is called by the host's name; no
# addresses yet. Ends the test where that is not possible.
make_hosts() {
  label=$1
  local middle=$2 host n=0
  [[ $EUID == 0 ]] || skip "needs root for network namespaces"
  trap 'cleanup; remove_hosts' EXIT
  ip netns add "$tag-$middle" 2>/dev/null || skip "may not make network namespaces here"
  made+=("$middle")
  on "$middle" ip link set lo up
  for host in "${@:3}"; do
    n=$((n + 1))
    ip netns add "$tag-$host"
    made+=("$host")
    ip link add "a$n$$" type veth peer name "b$n$$"
    ip link set "a$n$$" netns "$tag-$host" name out
    ip link set "b$n$$" netns "$tag-$middle" name "$host"
    on "$host" ip link set lo up
    on "$host" ip link set out up
    on "$middle" ip link set "$host" up
  done
}

# make_switched_hosts LABEL NETWORK HOST…: on one switch, the n-th with the address NETWORK.n.
make_switched_hosts() {
  local network=$2 host n=0
  make_hosts "$1" switch "${@:3}"
  on switch ip link add br0 type bridge
  on switch ip link set br0 up
  for host in "${@:3}"; do
    n=$((n + 1))
    on switch ip link set "$host" master br0
    on "$host" ip addr add "$network.$n/24" dev out
  done
}

remove_hosts() {
  local host
  for host in "${made[@]}"; do
    ip netns pids "$tag-$host" 2>/dev/null | xargs -r kill 2>/dev/null  # what runs in it keeps it
    ip netns del "$tag-$host" 2>/dev/null
    rm -rf "/etc/netns/$tag-$host"
  done
}
