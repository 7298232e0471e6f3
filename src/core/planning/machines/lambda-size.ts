/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: 1 vCPU at 1,769 MB, 6 at the most memory. */
export const mbPerVcpu = 1769;
const mostMb = 10_240;
const mostVcpu = 6;

/** What a function has when nobody asks for memory: about 1.7 vCPU, and what new accounts may have. */
const defaultMb = 3008;

/**
 * Memory of the Lambda function for a job, MB: the smallest of `sizes` that has what is asked for, or any number where
 * the sizes are not known. Without memory asked for it is 3,008 MB or what comes nearest to it from above, else from
 * below. Undefined when no function has so much.
 */
export function chooseLambdaMemory(
  { cpu, memoryMb }: { readonly cpu?: number | undefined; readonly memoryMb?: number | undefined },
  sizes?: readonly number[],
): number | undefined {
  const least = Math.max(memoryMb ?? 0, memoryForCpu(cpu ?? 0));
  if (sizes === undefined) {
    const size = Math.max(defaultMb, least);
    return size <= mostMb ? size : undefined;
  }
  const fitting = sizes.filter((size) => size >= least).toSorted((left, right) => left - right);
  return memoryMb === undefined ? (fitting.find((size) => size >= defaultMb) ?? fitting.at(-1)) : fitting[0];
}

function memoryForCpu(cpu: number): number {
  if (cpu > mostVcpu) return Infinity;
  return Math.min(Math.ceil(cpu * mbPerVcpu), mostMb);
}
