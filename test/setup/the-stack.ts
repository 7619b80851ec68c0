import { inject } from 'vitest';
import type { LocalUrls } from '../../src/local/stack-options.js';

/** A local stack that test files share. */
export interface SharedStack {
  /** Variables of AWS, Temporal and midstate that point at the stack. */
  readonly env: Record<string, string>;
  readonly urls: LocalUrls;
  /** Bucket whose uploads are announced in the queue. Uploads to other buckets are nobody's business. */
  readonly bucket: string;
  /** File with the workflow code, bundled from the sources of this run. */
  readonly workflowBundle: string;
  /** Where its servers keep what they have. */
  readonly dataDir: string;
  /** Folder of this run, removed at its end. */
  readonly scratchDir: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    stacks: readonly SharedStack[];
  }
}

/** The stack that this test file shares: where there is one for each of vitest's workers, with those before and after it. */
export function theStack(): SharedStack {
  const stacks = inject('stacks');
  const stack = stacks[(Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % stacks.length];
  if (stack === undefined) throw new Error('no stack was started for this project');
  return stack;
}
