import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import type { LocalStack, LocalStackOptions } from '../../src/local/stack-options.js';

/** Starts a stack as tests want it: on free ports, with what a user's cache has. */
export async function startStack(
  dataDir: string,
  changes: Partial<LocalStackOptions> = {},
): Promise<LocalStack> {
  return await startLocalStack({
    dataDir,
    cacheDir: localCacheDir(process.env),
    env: process.env,
    ports: 'free',
    searchAttributes: SEARCH_ATTRIBUTES,
    report: () => undefined,
    ...changes,
  });
}
