# Rows 41 to 51: operation. Sourced by check.sh.

row_41() {
  cat >"$work/peer.toml" <<C
name = "configured"
store = "$work/configured"
http = "127.0.0.1:0"
bus = ["$FRAGCAST_BUS"]
friend = ["$(ready_field peer1 exchange)"]
max-upload = "10M"
C
  "$bin/fragcast-peer" --config "$work/peer.toml" --check-config >/dev/null 2>"$work/err" || no "$(cat "$work/err")" || return
  start_program configured "$bin/fragcast-peer" --config "$work/peer.toml" || no "does not start" || return
  [[ $(ready_field configured name) == configured && -d $work/configured/assets ]] || no "name or store is not as configured" || return
  sed -i 's/^max-upload/max-uplaod/' "$work/peer.toml"
  ! "$bin/fragcast-peer" --config "$work/peer.toml" --check-config >/dev/null 2>"$work/err" || no "takes an unknown key" || return
  grep -q 'peer.toml:6:1: unknown key "max-uplaod"; did you mean max-upload' "$work/err" || no "$(cat "$work/err")" || return
  "$bin/fragcast-bus" --config "$root/deploy/bus.toml" --check-config >/dev/null && "$bin/fragcast-peer" --config "$root/deploy/peer.toml" --check-config >/dev/null || no "deploy/*.toml are refused"
}

row_42() {
  local host id
  id=$(fc --json ls | jq -r 'select(.name=="renamed").id')
  for host in localhost '[::1]'; do
    start_program "at-$host" "$bin/fragcast-peer" --name "at-$host" --store "$work/at-$host" --bus "tcp://localhost:${FRAGCAST_BUS##*:}" \
      --listen "tcp://$host:0" --advertise "$(tr -d '[]' <<<"$host")" --http "$host:0" || no "$host: does not start" || return
    [[ $(ready_field "at-$host" exchange) =~ ^tcp://(127.0.0.1|\[::1\]):[0-9]+$ ]] || no "$host: tells others $(ready_field "at-$host" exchange)" || return
    until_true 5 has_asset "at-$host" renamed || no "$host: does not join" || return
    curl -gfsS --max-time 120 "$(http_of "at-$host")/content/$id" | cmp -s - "$work/any.bin" || no "$host: does not fetch or serve" || return
  done
}

row_43() { [[ $(http_of peer1) != "$(http_of peer2)" && -d $work/peer1 && -d $work/peer2 ]] || no "ports or folders are shared"; }

row_44() {
  grep -qi 'receipt\|received' "$run"/peer*.log || no "no receipts in the logs" || return
  grep -qi 'request\|asked\|sent' "$run"/peer*.log || no "no requests in the logs"
}

row_45() {
  local compose i
  for compose in docker-compose 'docker compose'; do
    command -v ${compose%% *} >/dev/null && $compose version >/dev/null 2>&1 || continue
    $compose -f "$root/deploy/compose.yaml" config >"$work/compose" 2>"$work/err" || no "$(tail -1 "$work/err")" || return
    break
  done
  for i in 'condition: service_healthy' 'restart: unless-stopped' 'read_only: true' 'replicas: 3' 'stores:/data'; do
    grep -q "$i" "$root/deploy/compose.yaml" || no "compose.yaml lacks $i" || return
  done
  # What a container runs, without one: each takes a store of its own.
  for i in 1 2; do
    PATH=$bin:$PATH XDG_DATA_HOME=$work/volume FRAGCAST_LISTEN=tcp://127.0.0.1:0 FRAGCAST_ADVERTISE=127.0.0.1 FRAGCAST_HTTP=127.0.0.1:0 \
      start_program "container$i" sh "$root/deploy/container-peer.sh" --bus "$FRAGCAST_BUS" || no "container-peer $i does not start" || return
    [[ $(ready_field "container$i" name) == "peer$i" && -d $work/volume/peer$i/assets ]] || no "container-peer $i has not store $i" || return
    kill -0 "$(cat "$run/container$i.pid")" || no "container-peer $i has ended" || return
  done
  kill -TERM "$(cat "$run/container1.pid")" "$(cat "$run/container2.pid")"
}

row_46() {
  local unit port
  for port in 5550 5551 5552 5553 5560 8001; do
    grep -q "^| $port |" "$root/deploy/README.md" || no "port $port is not in the table" || return
  done
  "$bin/fragcast-bus" --print-config | grep -q ':5550"' && "$bin/fragcast-bus" --print-config | grep -q ':5553"' || no "the bus has other ports than the table" || return
  command -v systemd-analyze >/dev/null || return 0
  mkdir -p "$work/units"
  for unit in fragcast-bus.service fragcast-peer@.service; do
    sed "s|/usr/local/bin|$bin|" "$root/deploy/$unit" >"$work/units/$unit"
    [[ -z $(systemd-analyze verify "$work/units/${unit/@./@peer1.}" 2>&1) ]] || no "$(systemd-analyze verify "$work/units/${unit/@./@peer1.}" 2>&1 | tail -1)" || return
  done
}

row_47() {
  bash -n "$root/deploy/start.sh" && "$root/deploy/start.sh" 2 --dir "$work/lasting" --bus "tcp://127.0.0.1:$(bus_port)" >"$work/out" 2>&1 &&
    grep -q 'peer2 *http' "$work/out" || no "$(tail -1 "$work/out")"
}

row_48() {
  local pids
  pids=$(cat "$work"/lasting/run/*.pid)
  "$root/deploy/stop.sh" --dir "$work/lasting" >/dev/null || no "stop.sh failed" || return
  local pid
  for pid in $pids; do is_over "$pid" || no "process $pid is left" || return; done
  is_ours "$run/peer1.pid" || no "it stopped what it had not started"
}

row_49() {
  grep -q '^## When something is wrong' "$root/README.md" || no "README has no help" || return
  said() { timeout 120 "$@" 2>&1 </dev/null | tail -1; }
  [[ $(said "$bin/fragcast-bus" --listen "$FRAGCAST_BUS" --http none) == *'in use. Choose another: --listen'* ]] || no "bus, port in use: $(said "$bin/fragcast-bus" --listen "$FRAGCAST_BUS" --http none)" || return
  [[ $(said "$bin/fragcast-peer" --name x --store "$work/x" --http "$(http_of peer1 | sed 's|http://||')") == *'in use. Choose another: --http'* ]] || no "peer, port in use: no advice" || return
  [[ $(said "$bin/fragcast-peer" --name x --store "$work/peer2") == *"is in use by process $(cat "$run/peer2.pid") (peer2)"* ]] || no "store in use: not said by whom" || return
  grep -q 'no bus at tcp://127.0.0.1:9 (refused; try .*Start one: fragcast-bus' "$run/early.log" || no "a peer that does not register does not say why" || return
  [[ $(said "$bin/fragcast" --bus tcp://127.0.0.1:9 ls) == *'no bus at tcp://127.0.0.1:9. Start one (fragcast-bus), or name it'* ]] || no "connection refused: no advice" || return
  # A stale index: what is gone from the disk is gone from the list when it is asked for.
  fc -q put "$work/any.bin" --name stale --to peer1 --replicas 1 >/dev/null || no "put" || return
  lists() { [[ $(fc --json directory | jq -r 'select(.name=="peer1").holds[]|select(.name=="stale").fragments') == "$1" ]]; }
  until_true 5 lists 0-9 || no "the list does not name what peer1 has" || return
  rm "$work"/peer1/assets/stale-*/003.bin
  curl -s --max-time 300 -o /dev/null "$(http_of peer2)/content/$(fc --json ls | jq -r 'select(.name=="stale").id')" &
  until_true 10 lists 0-2,4-9 || no "what is gone from the disk is listed on"
}

row_50() {
  fragments_of peer1 >"$work/before"
  kill -KILL "$(cat "$run/peer1.pid")"
  start_program peer1 "$bin/fragcast-peer" --name peer1 --store "$work/peer1" || no "does not start again" || return
  until_true 5 has_still peer1 "$work/before" || no "what it had is not what it has after kill -9"
}

row_51() {
  local page=$root/messages/PROTOCOL.md title word
  for title in Architecture 'Join and leave' Search Put Get Transfer Concurrency; do
    sed -n "/^\*\*$title\*\*/,/^\*\*/p" "$page" | grep -c '^```$' | grep -qx 2 || no "no diagram of $title" || return
  done
  # What stands on an arrow is a message of the protocol's tables.
  for word in $(sed -n '/^\*\*Join and leave\*\*/,/^\*\*Concurrency/p' "$page" | grep -oE '(──|┄┄|══) [a-z_]+(, [a-z_]+ [═┄])?' | grep -oE '[a-z_]+' | sort -u); do
    grep -qE "^\| [0-9]+ \| $word \|" "$page" || no "the diagrams draw a message $word that does not exist" || return
  done
}
