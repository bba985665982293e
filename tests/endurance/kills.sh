#!/usr/bin/env bash
# Ten real peers under random kills for five minutes.
exec env FRAGCAST_KILL_PEERS=10 FRAGCAST_KILL_SECONDS="${FRAGCAST_KILL_SECONDS:-300}" bash "$(dirname "$0")/../end_to_end/kills_test.sh"
