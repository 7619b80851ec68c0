import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities, type ActivityDependencies } from '../../activities/index.js';
import type { Config } from '../config.js';
import { heartbeatTiming } from '../core/loss-bound.js';
import { hashTaskQueue, memoryClass, workflowTaskQueue, type MemoryClassMB } from '../core/memory-classes.js';
import type { HashEngine } from '../core/ports.js';
import { selectEngine } from '../hashing/index.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { createReadLedger, NO_METER } from './read-ledger.js';
import { connectWorker } from '../temporal/connect-worker.js';

/** After a shutdown is asked for, activities may take so long to hand on their midstates. */
const SHUTDOWN_FORCE_TIME = '10s';

export interface WorkerRoles {
  /** Hash on this class's task queue. */
  readonly memoryMB?: MemoryClassMB | undefined;
  /** Run workflows and the short activities. */
  readonly workflows: boolean;
}

/**
 * Runs a worker until SIGINT or SIGTERM; then ranges under way hand their midstates on.
 * @throws MidstateError TemporalUnavailable
 */
export async function runWorker(config: Config, roles: WorkerRoles): Promise<void> {
  const logger = new DefaultLogger('INFO');
  Runtime.install({ logger });
  const engine = await selectEngine({
    prefer: config.engine,
    onFallback: (reason) => {
      logger.warn('hashing with the portable implementation', { reason });
    },
  });
  const { connection, namespace } = await connectWorker();
  try {
    const common = { connection, namespace, engine };
    const workers: Worker[] = [];
    if (roles.memoryMB !== undefined) workers.push(await createHashWorker(config, roles.memoryMB, common));
    if (roles.workflows) workers.push(await createWorkflowWorker(config, common));
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close();
  }
}

interface Common {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly engine: HashEngine;
}

/** Activities only, without a workflow sandbox: what fits the small classes. */
async function createHashWorker(config: Config, memoryMB: MemoryClassMB, common: Common): Promise<Worker> {
  const { slots } = memoryClass(memoryMB);
  const { hashRange, hashSmallObject } = createActivities(dependencies(config, memoryMB, common.engine));
  return await Worker.create({
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: hashTaskQueue(memoryMB, config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-${String(memoryMB)}`),
    activities: { hashRange, hashSmallObject },
    maxConcurrentActivityTaskExecutions: slots,
    maxConcurrentActivityTaskPolls: Math.min(2, slots),
    maxHeartbeatThrottleInterval: heartbeatTiming(config.lossBoundSeconds).throttleMs,
    shutdownGraceTime: 0,
    shutdownForceTime: SHUTDOWN_FORCE_TIME,
  });
}

async function createWorkflowWorker(config: Config, common: Common): Promise<Worker> {
  const { describeObject, publishDigests } = createActivities(dependencies(config, 256, common.engine));
  return await Worker.create({
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: workflowTaskQueue(config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-workflows`),
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: { describeObject, publishDigests },
    maxCachedWorkflows: 500,
    shutdownForceTime: SHUTDOWN_FORCE_TIME,
  });
}

/** Built by `npm run build`, next to the compiled sources. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

function dependencies(config: Config, memoryMB: MemoryClassMB, engine: HashEngine): ActivityDependencies {
  const { slots, chunkSizeBytes } = memoryClass(memoryMB);
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({ ...config.aws, idleTimeoutMs, connections: slots * 2 });
  return {
    engine,
    reader: createS3RangeReader(client, { ...DEFAULT_READER_SETTINGS, idleTimeoutMs }),
    store: createS3ObjectStore(client),
    meter: config.readLedger === undefined ? NO_METER : createReadLedger(config.readLedger),
    chunkSizeBytes: config.chunkSizeBytes ?? chunkSizeBytes,
  };
}

function identityOf(role: string): string {
  return `${role}@${hostname()}:${String(process.pid)}`;
}
