import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { TestProject } from 'vitest/node';
import { localSqsClient } from '../../src/local/aws-clients.js';
import type { LocalUrls } from '../../src/local/stack-options.js';
import { startStack } from './start-stack.js';
import type { SharedStack } from './the-stack.js';
import { bundleWorkflows } from './workflow-bundle.js';

const BUILT_CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Starts the stacks of a project: one for each file that runs at once where files cannot share. What it returns stops them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(BUILT_CLI)) throw new Error('not built yet: run `npm test`, or `npm run setup` first');
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const scratchDir = await mkdtemp(join(tmpdir(), 'midstate-test-'));
  const stops: (() => Promise<void>)[] = [() => rm(scratchDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const stopOne of stops.reverse()) await stopOne();
  };
  try {
    const workflowBundle = join(scratchDir, 'workflow-bundle.js');
    await writeFile(workflowBundle, await bundleWorkflows());
    const stacks: SharedStack[] = [];
    for (let index = 0; index < stackCount(project); index++) {
      const dataDir = join(scratchDir, `stack-${String(index)}`);
      const stack = await startStack(dataDir, { report: (line) => process.stderr.write(`${line}\n`) });
      stops.push(() => stack.stop());
      await shortenVisibilityTimeout(stack.urls);
      const { env, urls } = stack;
      stacks.push({ env, urls, bucket: env['MIDSTATE_BUCKET'] ?? '', workflowBundle, dataDir, scratchDir });
    }
    project.provide('stacks', stacks);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Files of `jobs` share one stack; those of `stack` have it for themselves while they run. */
function stackCount({ config }: TestProject): number {
  return config.name === 'jobs' ? 1 : config.maxWorkers;
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
