import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import { createActivities, type ActivityDependencies } from '../../activities/index.js';
import type { Config } from '../config.js';
import { heartbeatTiming } from '../core/loss-bound.js';
import {
  hashTaskQueue,
  hashThreads,
  memoryClass,
  workflowTaskQueue,
  type MemoryClassMB,
} from '../core/memory-classes.js';
import type { HashEngine } from '../core/ports.js';
import { selectEngine } from '../hashing/index.js';
import { createS3Client } from '../storage/aws-clients.js';
import { BufferPool } from '../storage/read-ahead/buffer-pool.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { createReadLedger, NO_METER } from './read-ledger.js';
import { SHUTDOWN_FORCE_SECONDS } from './shutdown-time.js';
import { connectWorker } from '../temporal/temporal-connection.js';

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
    threads: roles.memoryMB === undefined ? 1 : hashThreads(roles.memoryMB),
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
  const activities = createActivities(dependencies(config, memoryMB, common.engine));
  const { hashRange, hashSmallObject, hashParts } = activities;
  return await Worker.create({
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: hashTaskQueue(memoryMB, config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-${String(memoryMB)}`),
    activities: { hashRange, hashSmallObject, hashParts },
    maxConcurrentActivityTaskExecutions: slots,
    maxConcurrentActivityTaskPolls: Math.min(2, slots),
    maxHeartbeatThrottleInterval: heartbeatTiming(config.lossBoundSeconds).throttleMs,
    shutdownGraceTime: 0,
    shutdownForceTime: SHUTDOWN_FORCE_SECONDS * 1_000,
  });
}

async function createWorkflowWorker(config: Config, common: Common): Promise<Worker> {
  const activities = createActivities(dependencies(config, 256, common.engine));
  const { describeObject, describeParts, publishDigests } = activities;
  return await Worker.create({
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: workflowTaskQueue(config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-workflows`),
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: { describeObject, describeParts, publishDigests },
    maxCachedWorkflows: 500,
    shutdownForceTime: SHUTDOWN_FORCE_SECONDS * 1_000,
  });
}

/** Built by `npm run build`, next to the compiled sources. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

function dependencies(config: Config, memoryMB: MemoryClassMB, engine: HashEngine): ActivityDependencies {
  const memory = memoryClass(memoryMB);
  const chunkSizeBytes = config.chunkSizeBytes ?? memory.chunkSizeBytes;
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({ ...config.aws, idleTimeoutMs, connections: memory.slots * 2 });
  return {
    engine,
    reader: createS3RangeReader(client, {
      ...DEFAULT_READER_SETTINGS,
      idleTimeoutMs,
      connectionsPerObject: config.connections ?? memory.connectionsPerObject,
      pool: new BufferPool(chunkSizeBytes, memory.readAheadBytes),
    }),
    store: createS3ObjectStore(client),
    meter: config.readLedger === undefined ? NO_METER : createReadLedger(config.readLedger),
    chunkSizeBytes,
  };
}

function identityOf(role: string): string {
  return `${role}@${hostname()}:${String(process.pid)}`;
}
