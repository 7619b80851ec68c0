import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { localS3Client } from '../local/aws-clients.js';
import { startLocalStack } from '../local/local-stack.js';
import { superviseNode } from '../local/supervisor.js';
import type { LocalStack } from '../local/stack-options.js';
import { createS3Client, type S3Client } from '../storage/aws-clients.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { ShapedNetwork } from './shaped-network.js';
import type { NetworkShape } from './tune-result.js';

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

const BUCKET = 'tune';

export interface TuneStageOptions {
  readonly config: Config;
  /** For objects, servers' data and logs. */
  readonly dataDir: string;
  /** The user's own bucket; default: one of the embedded stack. */
  readonly bucket?: string | undefined;
  readonly network: NetworkShape;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Servers, a workflow worker, and clients of them: all but the workers that are measured. */
export interface TuneStage {
  readonly bucket: string;
  /** Of this tuning's task queues alone: no other worker takes its work. */
  readonly taskQueuePrefix: string;
  readonly s3: S3Client;
  readonly temporal: Client;
  /** Environment of the workers that are measured. */
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  readonly logDir: string;
  /** Aborts what goes on. */
  readonly stop: AbortSignal;
  close(): Promise<void>;
}

/**
 * Starts what the runs need.
 * @throws MidstateError when a server cannot be had, or does not answer
 */
export async function openTuneStage(options: TuneStageOptions): Promise<TuneStage> {
  const stack = needsStack(options) ? await startStack(options) : undefined;
  try {
    return await openOn(stack, options);
  } catch (error) {
    await stack?.stop();
    throw error;
  }
}

async function openOn(stack: LocalStack | undefined, options: TuneStageOptions): Promise<TuneStage> {
  const { config, dataDir, bucket, network, report, signal } = options;
  const embedded = bucket === undefined ? stack : undefined;
  const shaped =
    embedded !== undefined && Object.keys(network).length > 0
      ? await ShapedNetwork.open(embedded.urls.s3, network)
      : undefined;
  const taskQueuePrefix = `midstate-tune-${randomUUID()}`;
  const workerEnv = {
    ...environmentOf(config.env, stack, bucket, shaped),
    MIDSTATE_TASK_QUEUE_PREFIX: taskQueuePrefix,
  };
  const temporal = await connectClient({ env: stack?.env });
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const s3 =
    embedded === undefined
      ? createS3Client({ ...config.aws, idleTimeoutMs, connections: 8 })
      : localS3Client(embedded.urls.s3);
  const logDir = join(dataDir, 'logs');
  const workflows = superviseNode({
    name: 'worker-workflows',
    command: MIDSTATE,
    args: ['worker', '--workflows'],
    env: workerEnv,
    logFile: join(logDir, 'worker-workflows.log'),
    report,
  });
  return {
    bucket: bucket ?? BUCKET,
    taskQueuePrefix,
    s3,
    temporal,
    workerEnv,
    logDir,
    stop: signal,
    close: async () => {
      s3.destroy();
      await temporal.connection.close();
      await workflows.stop();
      await shaped?.close();
      await stack?.stop();
    },
  };
}

/** A bucket of the user's can be measured with a Temporal server of the user's too. */
function needsStack({ bucket, config }: TuneStageOptions): boolean {
  return bucket === undefined || (config.env['TEMPORAL_ADDRESS'] ?? '') === '';
}

function startStack({ config, dataDir, report, signal }: TuneStageOptions): Promise<LocalStack> {
  return startLocalStack({
    env: config.env,
    cacheDir: config.cacheDir,
    dataDir,
    ports: 'free',
    bucket: BUCKET,
    // Jobs are submitted: nobody reads the events.
    eventFilter: { prefix: 'nothing/' },
    searchAttributes: SEARCH_ATTRIBUTES,
    report,
    signal,
  });
}

/** The user's environment without midstate's settings, which would change what is measured; then the stack's. */
function environmentOf(
  env: NodeJS.ProcessEnv,
  stack: LocalStack | undefined,
  bucket: string | undefined,
  network: ShapedNetwork | undefined,
): Record<string, string | undefined> {
  const isOwnBucket = bucket !== undefined;
  const users = Object.entries(env).filter(([name]) => !name.startsWith('MIDSTATE_'));
  const stacks = Object.entries(stack?.env ?? {}).filter(
    ([name]) => !name.startsWith('MIDSTATE_') && !(isOwnBucket && name.startsWith('AWS_')),
  );
  return {
    ...Object.fromEntries([...users, ...stacks]),
    ...(network === undefined ? {} : { AWS_ENDPOINT_URL_S3: network.url }),
  };
}
