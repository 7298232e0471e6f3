import type { Metafile } from "esbuild";

/**
 * The calls to AWS that a bundle can make, from what esbuild put into it: `ec2:RunInstances` and the like, sorted. The
 * prefix is the package's name without `@aws-sdk/client-`.
 */
export function sdkCommands({ outputs }: Metafile): string[] {
  const found = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
      const [, client, command] =
        /@aws-sdk\/client-([\w-]+)\/dist-[\w-]+\/commands\/(\w+)Command\.js$/.exec(path) ?? [];
      return client === undefined || bytesInOutput === 0 ? [] : [`${client}:${command}`];
    }),
  );
  return [...new Set(found)].toSorted();
}
