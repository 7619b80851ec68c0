import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import {
  createActivities,
  createBackfillActivities,
  createReplayActivities,
  createRoutingActivities,
} from '../../activities/index.js';
import type { Config } from '../config.js';
import {
  hashThreads,
  memoryClass,
  workflowTaskQueue,
  type MemoryClass,
  type MemoryClassMB,
} from '../core/memory-classes.js';
import type { HashEngine } from '../core/ports.js';
import { selectEngine } from '../hashing/index.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { logEvents } from '../observability/log-events.js';
import type { Logger } from '../observability/logger.js';
import { observeWorker, type WorkerObservation } from '../observability/observe-worker.js';
import { workerLabels } from '../observability/process-labels.js';
import { readVersion } from '../read-version.js';
import { createJobRecords } from '../temporal/job-records.js';
import { dataConverterOf } from '../starter/open-client.js';
import { createTaskQueues } from '../temporal/task-queues.js';
import { versioningOptions } from '../temporal/deployment-version.js';
import { connectWorker } from '../temporal/connect-worker.js';
import { temporalAnswers } from '../temporal/temporal-connection.js';
import { activityDependencies } from './activity-dependencies.js';
import { checkSettingsFit } from './check-settings-fit.js';
import { createHashWorkers } from './hash-workers.js';
import { checkOwnMemoryLimit, guardMemory } from './memory-guard.js';
import type { MemoryWatch } from './memory-watch.js';
import { SHUTDOWN_FORCE_SECONDS } from './shutdown-time.js';
import { SlotPool } from './slot-pool.js';
import { withClassTable } from './with-class-table.js';

export interface WorkerRoles {
  /** Hash on this class's task queue. */
  readonly memoryMB?: MemoryClassMB | undefined;
  /** Run workflows and the short activities. */
  readonly workflows: boolean;
}

/**
 * Runs a worker until SIGINT or SIGTERM; then ranges under way hand their midstates on.
 * @throws MidstateError TemporalUnavailable; InvalidInput when its memory limit, its chunk or its connections do not fit
 *   its class
 */
export async function runWorker(given: Config, roles: WorkerRoles): Promise<void> {
  const { memoryMB } = roles;
  const config = withClassTable(given, memoryMB);
  const { role } = workerLabels(memoryMB, roles.workflows);
  const logger = createProcessLogger(config, { role, memoryClassMB: memoryMB });
  const memory = memoryMB === undefined ? undefined : memoryClass(memoryMB, config.connections);
  if (memory !== undefined) checkFits(config, memory, logger);
  const engine = await selectEngine({
    prefer: config.engine,
    threads: memoryMB === undefined ? 1 : hashThreads(memoryMB),
    onFallback: (reason) => {
      logger.warn('hashing with the portable implementation', { reason });
    },
  });
  const observed = { memory, workflows: roles.workflows, version: readVersion(), engine: engine.name };
  const observation = await observeWorker(config, observed, logger);
  try {
    await connectAndRun(config, { memory, workflows: roles.workflows }, { engine, observation, logger });
  } finally {
    await observation.stop();
  }
}

/** What must fit before anything is started. */
function checkFits(config: Config, { memoryMB }: MemoryClass, logger: Logger): void {
  checkSettingsFit(config, memoryMB, config.classTable[memoryMB]?.megabytesPerSecond);
  checkOwnMemoryLimit(memoryMB, logger);
}

interface Common {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Undefined: payloads are JSON, in clear. */
  readonly dataConverter: DataConverter | undefined;
  readonly engine: HashEngine;
  readonly observation: WorkerObservation;
  readonly logger: Logger;
}

async function connectAndRun(
  config: Config,
  { memory, workflows }: { readonly memory: MemoryClass | undefined; readonly workflows: boolean },
  means: Omit<Common, 'connection' | 'namespace' | 'dataConverter'>,
): Promise<void> {
  const { readiness } = means.observation;
  readiness.add('worker', () => 'it is not connected to Temporal yet');
  const dataConverter = await dataConverterOf(config);
  const { connection, namespace } = await connectWorker();
  let watch: MemoryWatch | undefined;
  try {
    const common = { ...means, connection, namespace, dataConverter };
    const workers: Worker[] = [];
    if (memory !== undefined) {
      const hashing = await createClassWorkers(config, memory, common);
      workers.push(...hashing.workers);
      ({ watch } = hashing);
    }
    if (workflows) workers.push(await createWorkflowWorker(config, common));
    readiness.add('temporal', () => temporalAnswers(connection));
    readiness.add('worker', () => notPolling(workers));
    watch?.start();
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    watch?.stop();
    await connection.close();
  }
}

/** What keeps a worker from polling its task queue; undefined when nothing does. */
function notPolling(workers: readonly Worker[]): string | undefined {
  const states = workers.map((worker) => worker.getState());
  return states.every((state) => state === 'RUNNING') ? undefined : `its state is ${states.join(', ')}`;
}

/** The class's workers, stopped from taking work while memory is high. */
async function createClassWorkers(
  config: Config,
  memory: MemoryClass,
  { connection, namespace, dataConverter, engine, observation, logger }: Common,
): Promise<{ readonly workers: Worker[]; readonly watch: MemoryWatch }> {
  const { memoryMB } = memory;
  const slots = new SlotPool(memory);
  const watch = guardMemory(memoryMB, slots, logger);
  const workers = await createHashWorkers({
    base: {
      connection,
      namespace,
      ...converting(dataConverter),
      ...versioning(config),
      identity: identityOf(`${config.taskQueuePrefix}-${String(memoryMB)}`),
      shutdownForceTime: SHUTDOWN_FORCE_SECONDS * 1_000,
    },
    memory,
    taskQueuePrefix: config.taskQueuePrefix,
    lossBoundSeconds: config.lossBoundSeconds,
    activities: createActivities({
      ...activityDependencies(config, memory, engine, observation),
      isFull: () => watch.isHigh,
    }),
    slots,
    configure: (options) => observation.configure(options, 'hash'),
  });
  return { workers, watch };
}

async function createWorkflowWorker(config: Config, common: Common): Promise<Worker> {
  const { connection, namespace, dataConverter, engine, observation, logger } = common;
  // What hashes has no use for it, and little memory.
  const { backfillDependencies } = await import('../starter/open-page-starter.js');
  const activities = createActivities(activityDependencies(config, memoryClass(256), engine, observation));
  const { describeObject, describeParts, publishDigests, restoreObject } = activities;
  const client = new Client({ connection, namespace, ...converting(dataConverter) });
  const options: WorkerOptions = {
    connection,
    namespace,
    ...converting(dataConverter),
    ...versioning(config),
    taskQueue: workflowTaskQueue(config.taskQueuePrefix),
    identity: identityOf(`${config.taskQueuePrefix}-workflows`),
    workflowBundle: { codePath: workflowBundle(observation.traces, dataConverter !== undefined) },
    activities: {
      describeObject,
      describeParts,
      publishDigests,
      restoreObject,
      ...createRoutingActivities(createTaskQueues(connection, namespace)),
      ...createReplayActivities(createJobRecords(client)),
      ...createBackfillActivities(backfillDependencies(config, client, logEvents(logger))),
    },
    maxCachedWorkflows: 500,
    shutdownForceTime: SHUTDOWN_FORCE_SECONDS * 1_000,
  };
  return await Worker.create(observation.configure(options, 'workflows'));
}

function versioning({ env, versioningBehavior }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  return versioningOptions(env, versioningBehavior === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE');
}

function converting(dataConverter: DataConverter | undefined): { dataConverter?: DataConverter } {
  return dataConverter === undefined ? {} : { dataConverter };
}

/**
 * Built by `npm run build`, next to the compiled sources: plain, with OpenTelemetry's interceptors in it, or with the
 * converter that puts failures into payloads.
 */
function workflowBundle(isTraced: boolean, isPrivate: boolean): string {
  const name = `workflow-bundle${isTraced ? '-traced' : ''}${isPrivate ? '-private' : ''}.js`;
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}

function identityOf(role: string): string {
  return `${role}@${hostname()}:${String(process.pid)}`;
}
