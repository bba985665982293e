#!/usr/bin/env bash
# The simulator's storm at length: FRAGCAST_CHURN_SEEDS seeds of FRAGCAST_CHURN_MINUTES simulated minutes on
# FRAGCAST_CHURN_PEERS peers.
set -uo pipefail
cd "$(dirname "$0")/../.."
seeds=${FRAGCAST_CHURN_SEEDS:-100} minutes=${FRAGCAST_CHURN_MINUTES:-60} peers=${FRAGCAST_CHURN_PEERS:-24}
cmake --build --preset release --target swarm_sim >/dev/null || { echo "FAIL churn: swarm_sim does not build"; exit 1; }
failures=0
# Half of the seeds with links that tell of their end, half with links that tell nothing; one for each core.
play() {
  local seed=$1 blind=() out
  ((seed % 2)) || blind=(--blind)
  if out=$(build/release/bin/swarm_sim --scenario churn --seed "$seed" --peers "$peers" --minutes "$minutes" "${blind[@]}" 2>&1); then
    echo "PASS churn: seed $seed: $(tail -n +2 <<<"$out" | tr -s '\n ' ' ')"
  else
    echo "FAIL churn: seed $seed ${blind[*]}: $out"
  fi
}
export -f play
export peers minutes
seq "$seeds" | xargs -P "$(nproc)" -I{} bash -c 'play {}'
