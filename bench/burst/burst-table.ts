import type { BurstResult } from "./run-burst.ts";

/** Results as text for people: one line a burst, then the calls of the biggest burst of each kind. */
export function burstTable(results: readonly BurstResult[]): string {
  return `${overview(results)}\n\n${calls(results)}\n`;
}

const columns: readonly [title: string, cell: (result: BurstResult) => string][] = [
  ["execution", (one) => one.execution],
  ["jobs", (one) => String(one.jobs)],
  ["GitHub ms", (one) => String(one.githubMs)],
  ["AWS ms", (one) => String(one.awsMs)],
  ["launched s, half", (one) => one.seconds.launched.half.toFixed(2)],
  ["all", (one) => one.seconds.launched.last.toFixed(2)],
  ["started s, half", (one) => one.seconds.started.half.toFixed(2)],
  ["all", (one) => one.seconds.started.last.toFixed(2)],
  ["settled s", (one) => one.seconds.settled.toFixed(2)],
  ["computed s", (one) => one.computedSeconds.toFixed(2)],
  ["GitHub/job", (one) => one.sumsPerJob.github.toFixed(2)],
  ["compute/job", (one) => one.sumsPerJob.compute.toFixed(2)],
  ["reads/job", (one) => one.sumsPerJob.storeReads.toFixed(2)],
  ["writes/job", (one) => one.sumsPerJob.storeWrites.toFixed(2)],
  ["sends/job", (one) => one.sumsPerJob.queueSends.toFixed(2)],
];

function overview(results: readonly BurstResult[]): string {
  return aligned([columns.map(([title]) => title), ...results.map((one) => columns.map(([, cell]) => cell(one)))]);
}

/** Operation by operation, at the greatest latency. */
function calls(results: readonly BurstResult[]): string {
  const slowest = Math.max(...results.map(({ githubMs }) => githubMs));
  const shown = results.filter(({ githubMs }) => githubMs === slowest);
  const operations = [...new Set(shown.flatMap((one) => Object.keys(one.callsPerJob)))].toSorted();
  const titles = ["calls for each job", ...shown.map(({ execution, jobs }) => `${execution} ${jobs}`)];
  const rows = operations.map((operation) => [
    operation,
    ...shown.map((one) => (one.callsPerJob[operation] ?? 0).toFixed(2)),
  ]);
  return aligned([titles, ...rows]);
}

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return rows.map(line).join("\n");
}
