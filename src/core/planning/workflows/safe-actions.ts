/**
 * Actions that work on Lambda, where nobody is root, there is no Docker, and only the work folder, the tool cache in it
 * and /tmp can be written, each with the reason why it is fine; none of them runs in a container. An action that is not here counts as unknown; an operator adds others by `safe-actions` in the policy. Names are `owner/name` or
 * `owner/name/path`, in lower case; any version counts.
 *
 * Left out on purpose: `ruby/setup-ruby` (its builds run in /opt/hostedtoolcache only), `actions/setup-dotnet` (installs
 * to /usr/share), everything that builds images, starts browsers, or installs packages of the system.
 */
export const safeActions: ReadonlyMap<string, string> = new Map([
  ["actions/checkout", "git into the work folder"],
  ["actions/cache", "files by HTTPS"],
  ["actions/cache/restore", "files by HTTPS"],
  ["actions/cache/save", "files by HTTPS"],
  ["actions/upload-artifact", "files by HTTPS"],
  ["actions/upload-artifact/merge", "files by HTTPS"],
  ["actions/download-artifact", "files by HTTPS"],
  ["actions/github-script", "its script on the runner's own Node; the script is looked at like a `run:`"],
  ["actions/create-github-app-token", "calls of GitHub's API"],
  ["actions/labeler", "calls of GitHub's API"],
  ["actions/stale", "calls of GitHub's API"],
  ["actions/first-interaction", "calls of GitHub's API"],
  ["actions/add-to-project", "calls of GitHub's API"],
  ["actions/dependency-review-action", "calls of GitHub's API"],
  ["actions/attest", "calls of GitHub's API and of Sigstore"],
  ["actions/attest-build-provenance", "calls of GitHub's API and of Sigstore"],
  ["actions/attest-sbom", "calls of GitHub's API and of Sigstore"],
  ["actions/configure-pages", "calls of GitHub's API"],
  ["actions/deploy-pages", "calls of GitHub's API"],
  ["actions/setup-node", "a build that runs from any folder, into the tool cache"],
  ["actions/setup-java", "a build that runs from any folder, into the tool cache"],
  ["actions/setup-go", "a build that runs from any folder, into the tool cache"],
  ["aws-actions/configure-aws-credentials", "calls of AWS"],
  ["aws-actions/setup-sam", "a build that runs from any folder, into the tool cache"],
  ["aws-actions/aws-cloudformation-github-deploy", "calls of AWS"],
  ["aws-actions/amazon-ecs-render-task-definition", "writes a file to the work folder"],
  ["aws-actions/amazon-ecs-deploy-task-definition", "calls of AWS"],
  ["azure/setup-kubectl", "one program, into the tool cache"],
  ["azure/setup-helm", "one program, into the tool cache"],
  ["denoland/setup-deno", "one program, into the tool cache"],
  ["oven-sh/setup-bun", "one program, into the home folder"],
  ["pnpm/action-setup", "files into the home folder"],
  ["astral-sh/setup-uv", "one program, into the tool cache"],
  ["hashicorp/setup-terraform", "one program, into the runner's temporary folder"],
  ["opentofu/setup-opentofu", "one program, into the runner's temporary folder"],
  ["terraform-linters/setup-tflint", "one program, into the runner's temporary folder"],
  ["dorny/paths-filter", "git in the work folder and calls of GitHub's API"],
  ["amannn/action-semantic-pull-request", "calls of GitHub's API"],
  ["peter-evans/create-or-update-comment", "calls of GitHub's API"],
  ["peter-evans/find-comment", "calls of GitHub's API"],
  ["peter-evans/create-pull-request", "git in the work folder and calls of GitHub's API"],
  ["softprops/action-gh-release", "files by HTTPS"],
]);
