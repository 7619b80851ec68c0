import { runWorker, type LambdaHandler } from '@temporalio/lambda-worker';
import { createActivities, type ActivityDependencies } from '../../activities/index.js';
import { loadConfig, type Config } from '../config.js';
import { hashThreads, memoryClass, type MemoryClass } from '../core/memory-classes.js';
import { selectEngine } from '../hashing/index.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import type { Logger } from '../observability/logger.js';
import { observeLambdaWorker, type LambdaWorkerObservation } from '../observability/observe-lambda-worker.js';
import { readVersion } from '../read-version.js';
import { activityDependencies } from '../worker/activity-dependencies.js';
import { checkSettingsFit } from '../worker/check-settings-fit.js';
import { hashWorkerOptions } from '../worker/hash-workers.js';
import { guardMemory } from '../worker/memory-guard.js';
import { SlotPool } from '../worker/slot-pool.js';
import { withClassTable } from '../worker/with-class-table.js';
import { ClassWorkersPlugin, type ClassWorkersSettings } from './class-workers-plugin.js';
import { refusePayloadKeys } from './refuse-payload-keys.js';
import { deploymentVersionOf, type DeploymentVersion } from '../temporal/deployment-version.js';
import { memoryClassOfFunction } from './memory-class-of-function.js';

/**
 * Before the deadline the workers are told to stop so early: 3 s in which the chunk under way is finished and its
 * midstate handed on, 2 s for the connection, which is made inside the time of the invocation, and 2 s to close.
 */
const SHUTDOWN_BUFFER_MS = 7_000;

/** After a hand-over, activities have so long to end before the worker gives up on them. */
const FORCE_AFTER_MS = 5_000;

/** The next range of a job follows at once; who waits longer waits for nothing. */
const IDLE_MS = 10_000;

/**
 * Puts together the handler of a worker function from the configuration and the function's memory size.
 * @throws MidstateError InvalidInput
 */
export async function openClassWorker(): Promise<LambdaHandler> {
  const given = loadConfig();
  refusePayloadKeys(given);
  const memoryMB = memoryClassOfFunction(given.env);
  const config = withClassTable(given, memoryMB);
  const memory = memoryClass(memoryMB, config.connections);
  checkSettingsFit(config, memoryMB, config.classTable[memoryMB]?.megabytesPerSecond);
  const logger = createProcessLogger(config, { role: 'worker', memoryClassMB: memoryMB });
  const version = deploymentVersionOf(config.env);
  const observation = await observeLambdaWorker(config, memory, { logger, version: readVersion() });
  const engine = await selectEngine({
    prefer: config.engine,
    threads: hashThreads(memoryMB),
    onFallback: (reason) => {
      logger.warn('hashing with the portable implementation', { reason });
    },
  });
  const dependencies = activityDependencies(config, memory, engine, observation);
  const prepare = prepareWorkers({ config, memory, logger, version, observation, dependencies });
  return runWorker(version ?? NO_VERSION, (worker) => {
    worker.workerOptions.taskQueue = config.taskQueuePrefix; // must be there; the plugin gives the real ones
    worker.workerOptions.plugins = [new ClassWorkersPlugin({ prepare, idleMs: IDLE_MS })];
    worker.runtimeOptions = observation.runtime;
    worker.shutdownDeadlineBufferMs = SHUTDOWN_BUFFER_MS;
    worker.shutdownHooks.push(() => observation.flush());
  });
}

/** `runWorker` wants one; where the configuration has none it is taken out again below. */
const NO_VERSION: DeploymentVersion = { deploymentName: 'midstate', buildId: 'none' };

interface Parts {
  readonly config: Config;
  readonly memory: MemoryClass;
  readonly logger: Logger;
  readonly version: DeploymentVersion | undefined;
  readonly observation: LambdaWorkerObservation;
  /** Kept from one invocation to the next, with the connections to S3. */
  readonly dependencies: ActivityDependencies;
}

function prepareWorkers(parts: Parts): ClassWorkersSettings['prepare'] {
  const { config, memory, logger, version, observation, dependencies } = parts;
  return ({ workerDeploymentOptions, ...given }) => {
    const slots = new SlotPool(memory);
    const watch = guardMemory(memory.memoryMB, slots, logger);
    const isVersioned = version !== undefined && workerDeploymentOptions !== undefined;
    const workers = hashWorkerOptions({
      base: {
        ...given,
        ...(isVersioned ? { workerDeploymentOptions } : {}),
        shutdownForceTime: FORCE_AFTER_MS,
      },
      memory,
      taskQueuePrefix: config.taskQueuePrefix,
      lossBoundSeconds: config.lossBoundSeconds,
      activities: createActivities({ ...dependencies, isFull: () => watch.isHigh }),
      slots,
      configure: (options) => observation.configure(options),
    });
    return { slots, watch, ...workers };
  };
}
