/**
 * Variables of the host that a job may see. Everything else stays behind: the cloud's credentials and endpoints
 * (AWS_*, _X_AMZN*), the host's own runtime (LAMBDA_*, _HANDLER, NODE_*, and LD_LIBRARY_PATH, which breaks the
 * runner's OpenSSL on Lambda's base images) and all of our own settings.
 */
const passed: readonly string[] = [
  "PATH",
  "LANG",
  "LC_ALL",
  "TZ",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT",
  "RUNNER_TOOL_CACHE",
  "AGENT_TOOLSDIRECTORY",
  "ACTIONS_RUNNER_ACTION_ARCHIVE_CACHE",
  "ACTIONS_RUNNER_HOOK_JOB_STARTED",
  "ACTIONS_RUNNER_HOOK_JOB_COMPLETED",
  "ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT",
  "GITHUB_ACTIONS_RUNNER_HTTP_RETRY",
  "GITHUB_ACTIONS_RUNNER_HTTP_TIMEOUT",
  // the sandbox finds a machine's processes by it where it has no namespaces
  "MAYFLY_MACHINE_PROCESS",
];

/** Name of the variable by which the supervisor knows the runner's processes again. */
export const markerName = "MAYFLY_RUNNER_PROCESS";

/** The listener's whole environment; every step of the job inherits it, except the JIT config, which the listener removes. */
export function runnerEnvironment(
  host: Readonly<NodeJS.ProcessEnv>,
  runner: {
    readonly home: string;
    readonly tmp: string;
    readonly jitConfig: string;
    readonly marker: string;
    readonly hook: string | undefined;
  },
): Record<string, string> {
  const kept = passed.flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    ...Object.fromEntries(kept),
    HOME: runner.home,
    ...(runner.tmp === "/tmp" ? {} : { TMPDIR: runner.tmp }),
    GITHUB_ACTIONS_RUNNER_EXTRA_USER_AGENT: "mayfly",
    ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: "1",
    ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: "1",
    [markerName]: runner.marker,
    ...(runner.hook === undefined ? {} : { ACTIONS_RUNNER_HOOK_JOB_STARTED: runner.hook }),
    ACTIONS_RUNNER_INPUT_JITCONFIG: runner.jitConfig,
  };
}
