/** One thing that `midstate setup` looked at. */
export interface SetupStep {
  readonly what: string;
  /**
   * `keep`: nothing to do. `create`: something new, which changes nothing that is there. `change`: something that is
   * there would be added to. `conflict`: it belongs to others as it is; nothing is done about it.
   */
  readonly kind: 'keep' | 'create' | 'change' | 'conflict';
  /** The difference: `+` comes, `-` goes, `=` stays, `!` stands in the way. */
  readonly lines: readonly string[];
  readonly apply?: () => Promise<void>;
}

/** The steps that do something. */
export function pendingSteps(steps: readonly SetupStep[]): SetupStep[] {
  return steps.filter(({ kind }) => kind === 'create' || kind === 'change');
}

/** The plan as lines for people. */
export function describeSteps(steps: readonly SetupStep[]): string[] {
  return steps.flatMap(({ what, lines }) => [what, ...lines.map((line) => `  ${line}`)]);
}
