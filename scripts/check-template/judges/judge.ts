import type { Packaged } from "../packaged.ts";
import type { Suppression } from "../suppressed.ts";

/** A packaged template in a file, for programs that are not ours. */
export type Laid = { readonly name: string; readonly file: string; readonly one: Packaged };

export type Finding = {
  /** Of the template. */
  readonly name: string;
  readonly rule: string;
  readonly resource: string;
  readonly message: string;
};

export type Findings = {
  readonly findings: readonly Finding[];
  /** Checks that were passed; undefined where the judge does not count them. */
  readonly passed?: number;
};

export type Judgement = {
  readonly problems: readonly string[];
  readonly suppressed: number;
};

/**
 * What is left of a judge's findings when those are taken away that somebody has explained. An explanation that no
 * template needs any more is a problem too.
 */
export function withoutSuppressed(
  judge: string,
  laid: readonly Laid[],
  { findings }: Findings,
  suppressions: readonly Suppression[],
): Judgement {
  const hasKey = new Set(laid.flatMap(({ name, one }) => (one.ids("AWS::KMS::Key").length > 0 ? [name] : [])));
  const used = new Set<Suppression>();
  const left = findings.filter(({ name, rule }) => {
    const found = suppressions.find((each) => each.rule === rule);
    if (found === undefined || (found.onlyWithoutOwnKey === true && hasKey.has(name))) return true;
    used.add(found);
    return false;
  });
  return {
    problems: [
      ...left.map(({ name, rule, resource, message }) => `${name}: ${resource}: ${judge} ${rule}: ${message}`),
      ...suppressions
        .filter((each) => !used.has(each))
        .map(({ rule }) => `scripts/check-template/suppressed.ts: ${judge} ${rule} suppresses nothing; remove it`),
    ],
    suppressed: findings.length - left.length,
  };
}
