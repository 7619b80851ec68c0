import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { TestProject } from 'vitest/node';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { localSqsClient } from '../../src/local/aws-clients.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import type { LocalUrls } from '../../src/local/stack-options.js';
import { bundleWorkflows } from './workflow-bundle.js';

/** What every test file of the `stack` project gets by `inject('stack')`. */
export interface SharedStack {
  /** Variables of AWS, Temporal and midstate that point at the stack. */
  readonly env: Record<string, string>;
  readonly urls: LocalUrls;
  /** Bucket whose uploads are announced in the queue. Uploads to other buckets are nobody's business. */
  readonly bucket: string;
  /** File with the workflow code, bundled from the sources of this run. */
  readonly workflowBundle: string;
  /** Folder of this run, removed at its end. */
  readonly scratchDir: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: SharedStack;
  }
}

const BUILT_CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Starts the one stack of the run; what it returns stops it, and leaves nothing behind. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(BUILT_CLI)) throw new Error('not built yet: run `npm test`, or `npm run setup` first');
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const scratchDir = await mkdtemp(join(tmpdir(), 'midstate-test-'));
  const removeScratch = () => rm(scratchDir, { recursive: true, force: true });
  try {
    const workflowBundle = join(scratchDir, 'workflow-bundle.js');
    await writeFile(workflowBundle, await bundleWorkflows());
    const stack = await startLocalStack({
      dataDir: join(scratchDir, 'stack'),
      cacheDir: localCacheDir(process.env),
      env: process.env,
      ports: 'free',
      searchAttributes: SEARCH_ATTRIBUTES,
      report: (line) => process.stderr.write(`${line}\n`),
    });
    await shortenVisibilityTimeout(stack.urls);
    const bucket = stack.env['MIDSTATE_BUCKET'] ?? '';
    project.provide('stack', { env: stack.env, urls: stack.urls, bucket, workflowBundle, scratchDir });
    return async () => {
      await stack.stop();
      await removeScratch();
    };
  } catch (error) {
    await removeScratch();
    throw error;
  }
}

/**
 * A poller that stops leaves its long poll behind; the server may still hand it a message, which is then nobody's until
 * its visibility timeout ends. With the default 30 s every second test file would wait that long for its first event.
 */
export async function shortenVisibilityTimeout({ sqs, queueUrl }: LocalUrls): Promise<void> {
  const client = localSqsClient(sqs);
  await client.send(
    new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { VisibilityTimeout: '5' } }),
  );
  client.destroy();
}
