export type Architecture = "x86_64" | "arm64";

export type InstanceType = { readonly vcpus: number; readonly architecture: Architecture };

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Families of the quota "Standard" (A, C, D, H, I, M, R, T, Z) that are current in 2026, without the rare ones. */
const x86Families = words(
  "t2 t3 t3a m1 m5 m5a m5d m6a m6i m6id m7a m7i m7i-flex m8a m8i m8i-flex " +
    "c5 c5a c5d c6a c6i c6id c7a c7i c7i-flex c8a c8i c8i-flex r5 r5a r6a r6i r7a r7i r8a r8i i4i i7i",
);
const armFamilies = words("t4g m6g m6gd m7g m7gd m8g m8gd c6g c6gd c6gn c7g c7gd c7gn c8g c8gd r6g r7g r8g i4g i8g");

/** What an instance type is; undefined when EC2 knows no such type. */
export function instanceType(name: string): InstanceType | undefined {
  const [family = "", size = "", ...rest] = name.split(".");
  const architecture = x86Families.has(family) ? "x86_64" : armFamilies.has(family) ? "arm64" : undefined;
  const vcpus = vcpusOf(family, size);
  return architecture === undefined || vcpus === undefined || rest.length > 0 ? undefined : { vcpus, architecture };
}

function vcpusOf(family: string, size: string): number | undefined {
  if (family === "m1") return size === "small" ? 1 : undefined;
  if (family.startsWith("t")) {
    if (family === "t2" && ["nano", "micro", "small"].includes(size)) return 1;
    return { nano: 2, micro: 2, small: 2, medium: 2, large: 2, xlarge: 4, "2xlarge": 8 }[size];
  }
  const times = /^(2|4|8|12|16|24|32|48)xlarge$/.exec(size)?.[1];
  return times === undefined ? { medium: 1, large: 2, xlarge: 4 }[size] : 4 * Number(times);
}
