/** Options of `midstate dlq …`. */
export interface DlqOptions {
  readonly queueUrl?: string;
  readonly reason?: string;
  readonly limit?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Messages that `list` and `show` look through. */
export const DEFAULT_LOOK = 1_000;
