/**
 * The job-started hook, a file NAME.sh for `sh -e` as for `bash -e`: before a job's first step the runner runs it as a
 * step of its own, as its own user, without the job's `env:` (actions/runner, JobHookProvider). It asks through the
 * named pipe NAME.ask, prints what comes through NAME.answer, and ends only when `go` comes. It never fails: behind a
 * hook that failed, steps with `if: always()` run (actions/runner#2811); behind one that does not end, none does.
 *
 * ec2-bootstrap/user-data.sh writes the same text.
 */
export const hookScript =
  'trap "" 1 2 15; { echo $GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT >&3; ' +
  'while read -r l; do [ "$l" != go ] || exit 0; echo "$l"; done <"${0%sh}answer"; } 3>"${0%sh}ask" || :; ' +
  "while :; do sleep 9; done\n";
