import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker, type Logger, type NativeConnection } from '@temporalio/worker';
import {
  createActivities,
  createRoutingActivities,
  type ActivityDependencies,
} from '../../activities/index.js';
import type { Config } from '../config.js';
import {
  checkChunkFits,
  describeMemoryClass,
  memoryClass,
  workflowTaskQueue,
  type MemoryClassMB,
} from '../core/memory-classes.js';
import type { HashEngine } from '../core/ports.js';
import { selectEngine } from '../hashing/index.js';
import { createS3Client } from '../storage/aws-clients.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { connectWorker } from '../temporal/temporal-connection.js';
import { createTaskQueues } from '../temporal/task-queues.js';
import { createHashWorkers } from './hash-workers.js';
import { checkOwnMemoryLimit, guardMemory } from './memory-guard.js';
import type { MemoryWatch } from './memory-watch.js';
import { createReadLedger, NO_METER } from './read-ledger.js';
import { SlotPool } from './slot-pool.js';

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
 * @throws MidstateError TemporalUnavailable; InvalidInput when its memory limit or its chunk does not fit its class
 */
export async function runWorker(config: Config, roles: WorkerRoles): Promise<void> {
  const logger = new DefaultLogger('INFO');
  Runtime.install({ logger });
  if (roles.memoryMB !== undefined) checkFits(config, roles.memoryMB, logger);
  const engine = await selectEngine({
    prefer: config.engine,
    onFallback: (reason) => {
      logger.warn('hashing with the portable implementation', { reason });
    },
  });
  const { connection, namespace } = await connectWorker();
  let watch: MemoryWatch | undefined;
  try {
    const common = { connection, namespace, engine, logger };
    const workers: Worker[] = [];
    if (roles.memoryMB !== undefined) {
      const hashing = await createClassWorkers(config, roles.memoryMB, common);
      workers.push(...hashing.workers);
      ({ watch } = hashing);
    }
    if (roles.workflows) workers.push(await createWorkflowWorker(config, common));
    watch?.start();
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    watch?.stop();
    await connection.close();
  }
}

interface Common {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly engine: HashEngine;
  readonly logger: Logger;
}

/** What must fit before anything is started. */
function checkFits(config: Config, memoryMB: MemoryClassMB, logger: Logger): void {
  if (config.chunkSizeBytes !== undefined) checkChunkFits(config.chunkSizeBytes, memoryMB);
  checkOwnMemoryLimit(memoryMB, logger);
}

/** The class's workers, stopped from taking work while memory is high. */
async function createClassWorkers(
  config: Config,
  memoryMB: MemoryClassMB,
  common: Common,
): Promise<{ readonly workers: Worker[]; readonly watch: MemoryWatch }> {
  const slots = new SlotPool(memoryClass(memoryMB));
  const watch = guardMemory(memoryMB, slots, common.logger);
  const workers = await createHashWorkers({
    connection: common.connection,
    namespace: common.namespace,
    identity: identityOf(`${config.taskQueuePrefix}-${String(memoryMB)}`),
    memoryMB,
    taskQueuePrefix: config.taskQueuePrefix,
    lossBoundSeconds: config.lossBoundSeconds,
    activities: createActivities({
      ...dependencies(config, memoryMB, common.engine),
      isFull: () => watch.isHigh,
    }),
    slots,
    shutdownForceTime: SHUTDOWN_FORCE_TIME,
  });
  return { workers, watch };
}

async function createWorkflowWorker(config: Config, common: Common): Promise<Worker> {
  const { describeObject, publishDigests } = createActivities(dependencies(config, 256, common.engine));
  return await Worker.create({
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: workflowTaskQueue(config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-workflows`),
    workflowBundle: { codePath: WORKFLOW_BUNDLE },
    activities: {
      describeObject,
      publishDigests,
      ...createRoutingActivities(createTaskQueues(common.connection, common.namespace)),
    },
    maxCachedWorkflows: 500,
    shutdownForceTime: SHUTDOWN_FORCE_TIME,
  });
}

/** Built by `npm run build`, next to the compiled sources. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

function dependencies(config: Config, memoryMB: MemoryClassMB, engine: HashEngine): ActivityDependencies {
  const { connections, chunkSizeBytes } = memoryClass(memoryMB);
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({ ...config.aws, idleTimeoutMs, connections });
  return {
    engine,
    reader: createS3RangeReader(client, { ...DEFAULT_READER_SETTINGS, idleTimeoutMs }),
    store: createS3ObjectStore(client),
    meter: config.readLedger === undefined ? NO_METER : createReadLedger(config.readLedger),
    chunkSizeBytes: config.chunkSizeBytes ?? chunkSizeBytes,
    memoryClass: describeMemoryClass(memoryMB),
  };
}

function identityOf(role: string): string {
  return `${role}@${hostname()}:${String(process.pid)}`;
}
