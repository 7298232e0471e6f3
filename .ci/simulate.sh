#!/usr/bin/env bash
# The nightly simulation: 2000 seeds that no run before this one has had, for they follow from the run's number.
# Prints what went wrong, and writes it with the first seed to the step's outputs for .ci/report-seed.sh.
# Needs what GitHub Actions sets: GITHUB_RUN_NUMBER, GITHUB_OUTPUT. Exits as the simulation does, 124 when it hangs.
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=2000
first=$((GITHUB_RUN_NUMBER * seeds + 1))
story=$(mktemp)
trap 'rm -f "$story"' EXIT

printf 'seeds %d to %d\n' "$first" "$((first + seeds - 1))"
status=0
timeout --kill-after=1m 45m npm run --silent simulate -- --seeds "$seeds" --seed "$first" --json 2>"$story" || status=$?
cat "$story"

# A job's output is passed on as a variable of a process, of which Linux takes 128 KiB; an issue holds 65,536 characters.
end="end-$RANDOM$RANDOM$RANDOM"
{
  printf 'first=%d\n' "$first"
  printf 'story<<%s\n' "$end"
  head -c 50000 "$story"
  printf '\n%s\n' "$end"
} >>"$GITHUB_OUTPUT"
exit "$status"
