#!/usr/bin/env bash
# 1,000 kills of a store on files in memory that lose what was not synced, and 50 of a real peer, by fresh dice.
set -uo pipefail
cd "$(dirname "$0")/../.."
seed=${SEED:-$(date +%s)}
echo "seed $seed"
if FRAGCAST_KILLS=1000 FRAGCAST_KILL_SEED=$seed build/release/bin/unit_tests -tc='kill:*'; then
  echo "PASS store kills: 1,000 of a store in memory"
else
  echo "FAIL store kills: of a store in memory, seed $seed"
fi
KILLS=50 SEED=$((seed % 32768)) bash tests/end_to_end/store_kill_test.sh
