import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import {
  createActivities,
  createReplayActivities,
  createRoutingActivities,
  type ActivityDependencies,
  type ControlActivities,
  type HashActivities,
} from '../../activities/index.js';
import {
  hashTaskQueue,
  smallTaskQueue,
  workflowTaskQueue,
  type MemoryClassMB,
} from '../../src/core/memory-classes.js';
import { selectEngine } from '../../src/hashing/index.js';
import { localS3Client } from '../../src/local/aws-clients.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';
import { createS3RangeReader } from '../../src/storage/s3-range-reader.js';
import { createJobRecords } from '../../src/temporal/job-records.js';
import { createTaskQueues } from '../../src/temporal/task-queues.js';
import { NO_METER } from '../../src/worker/read-ledger.js';

export type Activities = HashActivities & ControlActivities;

/** Stand-ins for some of the activities, in force for one key. */
export type Script = Partial<Activities>;

/** The activities as tests want them: the real ones over real S3, except where a key has a script. */
export class ScriptedActivities {
  readonly #scripts = new Map<string, Script>();
  /** Names of the activities run for each key, in order. */
  readonly #calls = new Map<string, string[]>();
  readonly activities: Activities;

  constructor(real: Activities) {
    this.activities = {
      describeObject: (input) => this.#pick('describeObject', input.object.key, real)(input),
      describeParts: (input) => this.#pick('describeParts', input.object.key, real)(input),
      hashParts: (input) => this.#pick('hashParts', input.object.key, real)(input),
      hashRange: (input) => this.#pick('hashRange', input.object.key, real)(input),
      hashSmallObject: (input) => this.#pick('hashSmallObject', input.object.key, real)(input),
      publishDigests: (input) => this.#pick('publishDigests', input.description.object.key, real)(input),
      restoreObject: (input) => this.#pick('restoreObject', input.object.key, real)(input),
    };
  }

  /** Puts stand-ins in place for the object `key`. */
  script(key: string, script: Script): void {
    this.#scripts.set(key, script);
  }

  callsFor(key: string): readonly string[] {
    return this.#calls.get(key) ?? [];
  }

  #pick<Name extends keyof Activities>(name: Name, key: string, real: Activities): Activities[Name] {
    this.#calls.set(key, [...this.callsFor(key), name]);
    return this.#scripts.get(key)?.[name] ?? real[name];
  }
}

/** Dependencies of the real activities, over the S3 server at `s3Url`. */
export async function realDependencies(s3Url: string): Promise<ActivityDependencies> {
  const s3 = localS3Client(s3Url);
  return {
    engine: await selectEngine(),
    reader: createS3RangeReader(s3),
    store: createS3ObjectStore(s3),
    meter: NO_METER,
    chunkSizeBytes: 20_000_000,
  };
}

export async function realActivities(s3Url: string): Promise<Activities> {
  return createActivities(await realDependencies(s3Url));
}

export interface InProcessWorkers {
  stop(): Promise<void>;
}

export interface InProcessOptions {
  readonly temporalAddress: string;
  readonly taskQueuePrefix: string;
  readonly workflowBundle: string;
  readonly activities: Activities;
  /** Default: 256 and 512. */
  readonly memoryClassesMB?: readonly MemoryClassMB[];
  /** Activities at once on each queue. Default: 100. */
  readonly slots?: number;
  /** Shown in histories. */
  readonly identity?: string;
}

let isRuntimeInstalled = false;

/** Once a process: workers that log errors only. */
export function installQuietRuntime(): void {
  if (!isRuntimeInstalled) Runtime.install({ logger: new DefaultLogger('ERROR') });
  isRuntimeInstalled = true;
}

/** Workers as `midstate worker` runs them, in this process: one for workflows, two for each memory class. */
export async function startInProcessWorkers(options: InProcessOptions): Promise<InProcessWorkers> {
  installQuietRuntime();
  const { taskQueuePrefix, activities, identity = 'test-worker' } = options;
  const { describeObject, describeParts, publishDigests, restoreObject, ...hashActivities } = activities;
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const common = {
    connection,
    identity,
    maxHeartbeatThrottleInterval: 100,
    shutdownForceTime: '20s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: workflowTaskQueue(taskQueuePrefix),
      workflowBundle: { codePath: options.workflowBundle },
      activities: {
        describeObject,
        describeParts,
        publishDigests,
        restoreObject,
        ...createRoutingActivities(createTaskQueues(connection, 'default')),
        ...createReplayActivities(createJobRecords(new Client({ connection }))),
      },
    }),
    ...(options.memoryClassesMB ?? [256, 512])
      .flatMap((memoryMB) => [
        hashTaskQueue(memoryMB, taskQueuePrefix),
        smallTaskQueue(memoryMB, taskQueuePrefix),
      ])
      .map((taskQueue) =>
        Worker.create({
          ...common,
          taskQueue,
          activities: hashActivities,
          maxConcurrentActivityTaskExecutions: options.slots ?? 100,
        }),
      ),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  running.catch(() => undefined); // `stop` reports it
  return {
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
