import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalStack, LocalStackOptions } from '../../src/local/stack-options.js';
import { startStack } from './start-stack.js';
import { theStack } from './the-stack.js';

/** A stack for one test file: to break its servers, or to have it otherwise than the shared one. */
export interface OwnStack {
  readonly stack: LocalStack;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export async function startOwnStack(changes: Partial<LocalStackOptions> = {}): Promise<OwnStack> {
  const dataDir = await mkdtemp(join(theStack().scratchDir, 'own-'));
  const stack = await startStack(dataDir, changes);
  return {
    stack,
    dataDir,
    stop: async () => {
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
