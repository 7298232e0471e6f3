#!/usr/bin/env bash
# Tells of a simulation that failed: a new issue titled with the seed, or a comment on the open one about the same
# invariant. Reads FIRST_SEED and STORY, which .ci/simulate.sh gave, and what GitHub Actions sets. Needs gh and GH_TOKEN.
set -euo pipefail

first_line=$'(^|\n)'
if [[ $STORY =~ ${first_line}seed\ ([0-9]+)\ breaks\  ]]; then
  seed=${BASH_REMATCH[2]}
  replay="npm run simulate -- --seed $seed"
  what="breaks its invariants"
  if [[ $STORY =~ ${first_line}"seed $seed: "([a-z0-9-]+): ]]; then what="breaks ${BASH_REMATCH[2]}"; fi
else
  seed=$FIRST_SEED
  replay="npm run simulate -- --seeds 2000 --seed $seed"
  what="and those after it end without a result"
fi

# Titles of anybody else's issues are not looked at.
known=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --app github-actions --limit 200)
open=
while IFS=$'\t' read -r number _ title _; do
  if [[ $title == "Simulation: seed "*" $what" ]]; then open=$number; fi
done <<<"$known"

body=$(
  cat <<END
\`\`\`sh
$replay
\`\`\`

Commit $GITHUB_SHA, [run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID). What it printed:

\`\`\`text
$STORY
\`\`\`
END
)
if [[ -n $open ]]; then
  gh issue comment "$open" --repo "$GITHUB_REPOSITORY" --body-file - <<<"$body"
else
  gh issue create --repo "$GITHUB_REPOSITORY" --title "Simulation: seed $seed $what" --body-file - <<<"$body"
fi
