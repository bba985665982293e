#!/usr/bin/env bash
# The simulator's storm at length: FRAGCAST_CHURN_SEEDS seeds of an hour on 24 peers, then FRAGCAST_CHURN_LARGE of an
# hour on 200. An hour on 24 peers takes some 20 s of a core, one on 200 half an hour.
set -uo pipefail
cd "$(dirname "$0")/../.."
seeds=${FRAGCAST_CHURN_SEEDS:-100} large=${FRAGCAST_CHURN_LARGE:-2}
cmake --build --preset release --target swarm_sim >/dev/null || { echo "FAIL churn: swarm_sim does not build"; exit 1; }
# Half of the seeds with links that tell of their end, half with links that tell nothing; one for each core.
play() { # SEED PEERS MINUTES
  local seed=$1 blind=() out
  ((seed % 2)) || blind=(--blind)
  if out=$(build/release/bin/swarm_sim --scenario churn --seed "$seed" --peers "$2" --minutes "$3" "${blind[@]}" 2>&1); then
    echo "PASS churn: seed $seed, $2 peers, $3 min: $(tail -n +2 <<<"$out" | tr -s '\n ' ' ')"
  else
    echo "FAIL churn: seed $seed, $2 peers, $3 min ${blind[*]}: $out"
  fi
}
export -f play
seq "$seeds" | xargs -P "$(nproc)" -I{} bash -c 'play {} 24 60'
seq "$large" | xargs -P "$(nproc)" -I{} bash -c 'play {} 200 60'
