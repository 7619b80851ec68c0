/** An object of the demo, before it exists. */
export interface DemoObject {
  readonly key: string;
  readonly label: string;
  readonly sizeBytes: number;
}

export interface DemoPlan {
  /** In the order of their uploads; the last is the one whose worker is killed. */
  readonly objects: readonly DemoObject[];
  readonly rangeSizeBytes: number;
}

const SIZES: readonly (readonly [label: string, sizeBytes: number])[] = [
  ['100 MB', 100_000_000],
  ['500 MB', 500_000_000],
  ['1 GB', 1_000_000_000],
  ['5 GB', 5_000_000_000],
];

const QUICK_DIVISOR = 50;

/** The demo's four objects; with `quick` a fiftieth of the sizes, and of the range size. */
export function planDemo(quick: boolean, prefix: string): DemoPlan {
  const divisor = quick ? QUICK_DIVISOR : 1;
  const objects = SIZES.map(([label, sizeBytes]) => ({
    key: `${prefix}/${label.replace(' ', '')}.bin`,
    label: quick ? `${label} / ${String(QUICK_DIVISOR)}` : label,
    sizeBytes: sizeBytes / divisor,
  }));
  return { objects, rangeSizeBytes: 1_000_000_000 / divisor };
}
