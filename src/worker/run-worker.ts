import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
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
import { createProcessLogger } from '../observability/create-process-logger.js';
import { observeWorker, type WorkerObservation } from '../observability/observe-worker.js';
import { workerLabels } from '../observability/process-labels.js';
import { readVersion } from '../read-version.js';
import { createS3Client } from '../storage/aws-clients.js';
import { BufferPool } from '../storage/read-ahead/buffer-pool.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { createReadLedger, NO_METER } from './read-ledger.js';
import { SHUTDOWN_FORCE_SECONDS } from './shutdown-time.js';
import { connectWorker } from '../temporal/connect-worker.js';
import { temporalAnswers } from '../temporal/temporal-connection.js';

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
  const { role } = workerLabels(roles.memoryMB, roles.workflows);
  const logger = createProcessLogger(config, { role, memoryClassMB: roles.memoryMB });
  const engine = await selectEngine({
    prefer: config.engine,
    threads: roles.memoryMB === undefined ? 1 : hashThreads(roles.memoryMB),
    onFallback: (reason) => {
      logger.warn('hashing with the portable implementation', { reason });
    },
  });
  const observed = { ...roles, version: readVersion(), engine: engine.name };
  const observation = await observeWorker(config, observed, logger);
  try {
    await connectAndRun(config, roles, { engine, observation });
  } finally {
    await observation.stop();
  }
}

async function connectAndRun(
  config: Config,
  roles: WorkerRoles,
  means: Pick<Common, 'engine' | 'observation'>,
): Promise<void> {
  const { readiness } = means.observation;
  readiness.add('worker', () => 'it is not connected to Temporal yet');
  const { connection, namespace } = await connectWorker();
  try {
    const common = { ...means, connection, namespace };
    const workers: Worker[] = [];
    if (roles.memoryMB !== undefined) workers.push(await createHashWorker(config, roles.memoryMB, common));
    if (roles.workflows) workers.push(await createWorkflowWorker(config, common));
    readiness.add('temporal', () => temporalAnswers(connection));
    readiness.add('worker', () => notPolling(workers));
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close();
  }
}

/** What keeps a worker from polling its task queue; undefined when nothing does. */
function notPolling(workers: readonly Worker[]): string | undefined {
  const states = workers.map((worker) => worker.getState());
  return states.every((state) => state === 'RUNNING') ? undefined : `its state is ${states.join(', ')}`;
}

interface Common {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly engine: HashEngine;
  readonly observation: WorkerObservation;
}

/** Activities only, without a workflow sandbox: what fits the small classes. */
async function createHashWorker(config: Config, memoryMB: MemoryClassMB, common: Common): Promise<Worker> {
  const { slots } = memoryClass(memoryMB);
  const activities = createActivities(dependencies(config, memoryMB, common));
  const { hashRange, hashSmallObject, hashParts } = activities;
  const options: WorkerOptions = {
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
  };
  return await Worker.create(common.observation.configure(options, 'hash'));
}

async function createWorkflowWorker(config: Config, common: Common): Promise<Worker> {
  const activities = createActivities(dependencies(config, 256, common));
  const { describeObject, describeParts, publishDigests } = activities;
  const options: WorkerOptions = {
    connection: common.connection,
    namespace: common.namespace,
    taskQueue: workflowTaskQueue(config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-workflows`),
    workflowBundle: { codePath: common.observation.traces ? TRACED_WORKFLOW_BUNDLE : WORKFLOW_BUNDLE },
    activities: { describeObject, describeParts, publishDigests },
    maxCachedWorkflows: 500,
    shutdownForceTime: SHUTDOWN_FORCE_SECONDS * 1_000,
  };
  return await Worker.create(common.observation.configure(options, 'workflows'));
}

/** Built by `npm run build`, next to the compiled sources; the second has OpenTelemetry's interceptors in it. */
const WORKFLOW_BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
const TRACED_WORKFLOW_BUNDLE = fileURLToPath(new URL('../../workflow-bundle-traced.js', import.meta.url));

function dependencies(
  config: Config,
  memoryMB: MemoryClassMB,
  { engine, observation }: Pick<Common, 'engine' | 'observation'>,
): ActivityDependencies {
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
    store: observation.store(createS3ObjectStore(client)),
    meter: observation.meter(
      config.readLedger === undefined ? NO_METER : createReadLedger(config.readLedger),
    ),
    chunkSizeBytes,
  };
}

function identityOf(role: string): string {
  return `${role}@${hostname()}:${String(process.pid)}`;
}
