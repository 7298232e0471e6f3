import { createFromManifest } from "../routes/app-manifests.ts";
import { getApp, getHookConfig, getInstallation, listInstallations, updateHookConfig } from "../routes/app.ts";
import { createCheckRun, getCheckRun, listAnnotations, listCheckRunsForRef, updateCheckRun } from "../routes/checks.ts";
import { getContent } from "../routes/contents.ts";
import { getDelivery, listDeliveries, redeliverDelivery } from "../routes/deliveries.ts";
import { downloadJobLog } from "../routes/job-logs.ts";
import { getPendingDeployments, reviewPendingDeployments } from "../routes/pending-deployments.ts";
import { getPermissionLevel } from "../routes/people.ts";
import { getRateLimit } from "../routes/rate-limit.ts";
import { rerunFailedJobs, rerunJob, rerunWorkflow } from "../routes/reruns.ts";
import {
  deleteRunnerOfOrganization,
  generateJitConfigOfOrganization,
  getRunnerOfOrganization,
  listRunnersOfOrganization,
} from "../routes/organization-runners.ts";
import { deleteRunner, generateJitConfig, getRunner, listRunners } from "../routes/runners.ts";
import { cancelWorkflowRun, getJob, getRun, listJobs, listJobsOfAttempt, listRuns } from "../routes/runs.ts";
import { createInstallationToken } from "../routes/tokens.ts";
import type { Answer } from "./answer.ts";
import type { Operation, OrganizationCall, RepositoryCall } from "./call.ts";

/** Every operation that the fake does. Permissions are those of GitHub's "Permissions required for GitHub Apps". */
export const OPERATIONS: readonly Operation[] = [
  { id: "apps/get-authenticated", auth: "app", handle: getApp },
  { id: "apps/get-webhook-config-for-app", auth: "app", handle: getHookConfig },
  { id: "apps/update-webhook-config-for-app", auth: "app", handle: updateHookConfig },
  { id: "apps/create-from-manifest", auth: "nobody", resource: "none", handle: createFromManifest },
  { id: "apps/list-installations", auth: "app", handle: listInstallations },
  { id: "apps/get-installation", auth: "app", handle: getInstallation },
  { id: "apps/create-installation-access-token", auth: "app", handle: createInstallationToken },
  { id: "apps/list-webhook-deliveries", auth: "app", handle: listDeliveries },
  { id: "apps/get-webhook-delivery", auth: "app", handle: getDelivery },
  { id: "apps/redeliver-webhook-delivery", auth: "app", handle: redeliverDelivery },
  { id: "rate-limit/get", auth: "any", resource: "none", handle: getRateLimit },
  {
    ...onRepository("actions/generate-runner-jitconfig-for-repo", { administration: "write" }, generateJitConfig),
    resource: "actions_runner_registration",
  },
  onRepository("actions/list-self-hosted-runners-for-repo", { administration: "read" }, listRunners),
  onRepository("actions/get-self-hosted-runner-for-repo", { administration: "read" }, getRunner),
  onRepository("actions/delete-self-hosted-runner-from-repo", { administration: "write" }, deleteRunner),
  {
    ...onOrganization("actions/generate-runner-jitconfig-for-org", "write", generateJitConfigOfOrganization),
    resource: "actions_runner_registration",
  },
  onOrganization("actions/list-self-hosted-runners-for-org", "read", listRunnersOfOrganization),
  onOrganization("actions/get-self-hosted-runner-for-org", "read", getRunnerOfOrganization),
  onOrganization("actions/delete-self-hosted-runner-from-org", "write", deleteRunnerOfOrganization),
  onRepository("actions/get-job-for-workflow-run", { actions: "read" }, getJob),
  onRepository("actions/download-job-logs-for-workflow-run", { actions: "read" }, downloadJobLog),
  onRepository("actions/list-jobs-for-workflow-run", { actions: "read" }, listJobs),
  onRepository("actions/list-jobs-for-workflow-run-attempt", { actions: "read" }, listJobsOfAttempt),
  onRepository("actions/get-workflow-run", { actions: "read" }, getRun),
  onRepository("actions/list-workflow-runs-for-repo", { actions: "read" }, listRuns),
  onRepository("actions/cancel-workflow-run", { actions: "write" }, cancelWorkflowRun),
  onRepository("actions/re-run-workflow", { actions: "write" }, rerunWorkflow),
  onRepository("actions/re-run-workflow-failed-jobs", { actions: "write" }, rerunFailedJobs),
  onRepository("actions/re-run-job-for-workflow-run", { actions: "write" }, rerunJob),
  onRepository("actions/get-pending-deployments-for-run", { actions: "read" }, getPendingDeployments),
  onRepository("actions/review-pending-deployments-for-run", { deployments: "write" }, reviewPendingDeployments),
  // GitHub does not say whether check runs are content; whoever keeps to these limits is right in both cases
  { ...onRepository("checks/create", { checks: "write" }, createCheckRun), createsContent: true },
  { ...onRepository("checks/update", { checks: "write" }, updateCheckRun), createsContent: true },
  onRepository("checks/get", { checks: "read" }, getCheckRun),
  onRepository("checks/list-for-ref", { checks: "read" }, listCheckRunsForRef),
  onRepository("checks/list-annotations", { checks: "read" }, listAnnotations),
  onRepository("repos/get-collaborator-permission-level", { metadata: "read" }, getPermissionLevel),
  onRepository("repos/get-content", { contents: "read" }, getContent),
];

function onRepository(
  id: string,
  permission: Readonly<Record<string, string>>,
  handle: (call: RepositoryCall) => Answer,
): Operation {
  return { id, auth: "repository", permission, handle };
}

function onOrganization(id: string, level: "read" | "write", handle: (call: OrganizationCall) => Answer): Operation {
  return { id, auth: "organization", permission: { organization_self_hosted_runners: level }, handle };
}
