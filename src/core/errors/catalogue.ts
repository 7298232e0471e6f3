/** How bad it is for the job: `failure` gets no runner, `warning` waits, `notice` is for information. */
export type Severity = "failure" | "warning" | "notice";

export type CatalogueEntry = {
  readonly severity: Severity;
  /** What happened, one sentence; the occasion's own facts follow it. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly remedy: string;
};

/** Every reason that Mayfly ever gives. docs/errors.md says the same; a test keeps them equal. */
export const catalogue = {
  "MF-LABEL-RUNNER": {
    severity: "failure",
    message: "The label names a runner that does not exist.",
    remedy:
      "Use `mayfly`, `mayfly/lambda`, `mayfly/ec2`, or a name that `.github/runner.yml` of the default branch defines.",
  },
  "MF-LABEL-KEY": {
    severity: "failure",
    message: "The label has a part that is no known `key=value`, or one that stands twice.",
    remedy:
      "After the runner's name may stand `run=…` and `arch=`, `cpu=`, `memory-gb=`, `spot=`, `disk-gb=` or `timeout-minutes=`, each once.",
  },
  "MF-LABEL-VALUE": {
    severity: "failure",
    message: "A key in the label has a value that it does not take.",
    remedy: "Write a value as `.github/runner.yml` takes it for that key, such as `cpu=4`.",
  },
  "MF-LABEL-OVERRIDE": {
    severity: "failure",
    message: "The label sets a key that it may not set for this runner.",
    remedy:
      "Leave the key out of the label and set it in `.github/runner.yml` where it means something, or ask the operator to allow it in labels.",
  },
  "MF-LABEL-TWICE": {
    severity: "failure",
    message: "The job has two Mayfly labels, so it is not clear which runner it wants.",
    remedy: "Leave one of them in `runs-on`.",
  },
  "MF-LABEL-BESIDE": {
    severity: "failure",
    message: "A label beside the Mayfly label means nothing here, and no runner would ever have it.",
    remedy: "Beside the Mayfly label only `self-hosted`, `linux` and `x64` or `arm64` are allowed.",
  },
  "MF-LABEL-CONTRADICTION": {
    severity: "failure",
    message: "A label asks for a system or architecture that this runner does not have.",
    remedy:
      "Mayfly's runners are `linux`, and `x64` unless they say `arch: arm64` in `.github/runner.yml` or `arch=arm64` in the label; remove the contradicting label.",
  },
  "MF-EXECUTION-MISSING": {
    severity: "failure",
    message: "This Mayfly cannot launch that execution.",
    remedy: "Use `mayfly`, `mayfly/lambda` or `mayfly/ec2`, or ask the operator to enable the execution.",
  },
  "MF-PUBLIC-REPOSITORY": {
    severity: "failure",
    message: "The operator's policy gives public repositories no machines: strangers can make their workflows run.",
    remedy:
      "Use GitHub's own runners here, make the repository private, or ask the operator for `public-repositories: allow`.",
  },
  "MF-FORK": {
    severity: "failure",
    message: "The operator's policy gives runs with a stranger's code, or caused by one, no machines.",
    remedy: "Push the branch to the repository itself, or use GitHub's own runners for such runs.",
  },
  "MF-FORK-APPROVAL": {
    severity: "failure",
    message:
      "A run with a stranger's code, or caused by one, gets machines only when somebody with write access re-runs it.",
    remedy: "Somebody with write access reads the change and re-runs the job.",
  },
  "MF-POLICY": {
    severity: "failure",
    message: "The runner asks for more than the operator's policy allows, or for something that it does not define.",
    remedy: "Ask for less in `.github/runner.yml` or in the label, or ask the operator to change the policy.",
  },
  "MF-MACHINE": {
    severity: "failure",
    message: "No machine that this Mayfly can launch is what the runner asks for.",
    remedy: "Ask for less in `.github/runner.yml` or in the label, or ask the operator to offer such a machine.",
  },
  "MF-BUDGET": {
    severity: "warning",
    message: "The operator's budget for today is spent; the job waits until midnight UTC.",
    remedy: "Nothing to do: it starts by itself. The operator can raise `daily-budget-usd`.",
  },
  "MF-CAP": {
    severity: "warning",
    message: "As many runners as allowed are running; the job waits for one of them to end.",
    remedy: "Nothing to do: it starts by itself. The operator can raise the cap.",
  },
  "MF-HELD-BY-GITHUB": {
    severity: "notice",
    message:
      "GitHub holds the job back (max-parallel, a concurrency group, or an approval), so a runner would stand idle.",
    remedy: "Approve the deployment or wait for the jobs before it; the runner follows at once.",
  },
  "MF-GITHUB-REFUSED": {
    severity: "failure",
    message: "GitHub refused to register a runner for this repository.",
    remedy: "Allow self-hosted runners in the repository's settings, and accept the App's requested permissions.",
  },
  "MF-PERMISSION": {
    severity: "failure",
    message: "The App lacks a permission that it needs here.",
    remedy: "An owner of the organisation accepts the App's permissions (Settings → GitHub Apps → Mayfly → Review).",
  },
  "MF-ORGANIZATION": {
    severity: "failure",
    message: "Runners belong to the organisation here, and the repository's owner is none.",
    remedy:
      "Move the repository to an organisation, or ask the operator for runners of repositories (`organizationRunnerGroup` left empty).",
  },
  "MF-OTHER-REPOSITORY": {
    severity: "failure",
    message:
      "GitHub gave the job a runner of another repository of the organisation, and it is not what the job asks for.",
    remedy:
      "Re-run the job. Define runners that repositories share once, in the organisation's `.github/runner.yml`, or keep them apart by `/run=${{ github.run_id }}` in the label.",
  },
  "MF-GITHUB-UNAVAILABLE": {
    severity: "warning",
    message: "GitHub does not answer as it should just now; Mayfly tries again.",
    remedy: "Nothing to do; see githubstatus.com when it lasts.",
  },
  "MF-GITHUB-LIMIT": {
    severity: "warning",
    message: "GitHub's rate limit for this installation is used up; Mayfly goes on when it resets.",
    remedy: "Nothing to do; when it happens often, spread the workflows over time.",
  },
  "MF-COMPUTE-REFUSED": {
    severity: "failure",
    message: "AWS refused to launch a machine, and trying again will not help.",
    remedy: "The operator looks at the worker's log: a role, the function, an image or a subnet is not as deployed.",
  },
  "MF-COMPUTE-CAPACITY": {
    severity: "warning",
    message: "AWS has no room for another machine just now; Mayfly tries again.",
    remedy: "Nothing to do; when it happens often, the operator raises the account's concurrency quota.",
  },
  "MF-COMPUTE-QUOTA": {
    severity: "warning",
    message: "A quota of the AWS account is used up; the job waits until machines end or the quota is raised.",
    remedy: "The operator raises the quota that is named (AWS console → Service Quotas); the job starts by itself.",
  },
  "MF-COMPUTE-RATE": {
    severity: "notice",
    message: "AWS takes only so many launches a second, and other jobs were first.",
    remedy: "Nothing to do; when it happens often, the operator asks AWS for a higher rate of RunInstances.",
  },
  "MF-COMPUTE-UNAVAILABLE": {
    severity: "warning",
    message: "AWS does not answer as it should just now; Mayfly tries again.",
    remedy: "Nothing to do; see the AWS Health Dashboard when it lasts.",
  },
  "MF-RUNNER-UNSTARTED": {
    severity: "warning",
    message: "A machine was launched but its runner did not come up; Mayfly launches another.",
    remedy: "Nothing to do; when it happens often, the operator looks at the runner's log group.",
  },
  "MF-SLOW-START": {
    severity: "notice",
    message: "The job waits longer for its runner than usual.",
    remedy: "Nothing to do; the reason is named when Mayfly knows it.",
  },
  "MF-MACHINE-LOST": {
    severity: "failure",
    message: "The machine ended under the job.",
    remedy:
      "Re-run the job. On Lambda a job must end within 14 minutes; `spot: never` in `.github/runner.yml` keeps EC2 from taking the machine back.",
  },
  "MF-INTERNAL": {
    severity: "warning",
    message: "Mayfly met an error of its own; the schedule tries again.",
    remedy: "The operator looks at the dead-letter queue and reports the error.",
  },
} as const satisfies Record<string, CatalogueEntry>;

/** `MF-WORDS`, stable: people search for it. */
export type ErrorCode = keyof typeof catalogue;
