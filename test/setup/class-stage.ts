import { randomUUID } from 'node:crypto';
import type { HashObjectInput, HashObjectResult, ObjectRef, Policy } from '../../src/core/contracts.js';
import { hashTaskQueue, smallTaskQueue, type MemoryClassMB } from '../../src/core/memory-classes.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import { createTaskQueues } from '../../src/temporal/task-queues.js';
import { ConfinedWorker, type ConfinedOptions } from './confined-worker.js';
import { eventually } from './eventually.js';
import { realActivities, startInProcessWorkers, type InProcessWorkers } from './in-process-workers.js';
import { SlowNetwork } from './slow-network.js';
import { connectStack, ensureBucket, putObject, type StackClients } from './stack-clients.js';
import type { Job } from './workflow-stage.js';
import { theStack } from './the-stack.js';

type HashObject = (input: HashObjectInput) => Promise<HashObjectResult>;

/** Uploads to it are announced to nobody. */
const BUCKET = 'memory-classes';

/** A workflow worker of its own, workers of one class in control groups, and a network to S3 that can be slowed down. */
export class ClassStage {
  readonly taskQueuePrefix = `class-${randomUUID()}`;
  #workflows: InProcessWorkers | undefined;

  private constructor(
    readonly clients: StackClients,
    readonly memoryMB: MemoryClassMB,
    readonly network: SlowNetwork,
  ) {}

  static async open(memoryMB: MemoryClassMB, bytesPerSecond = Infinity): Promise<ClassStage> {
    const { urls, workflowBundle } = theStack();
    const clients = await connectStack(urls);
    await ensureBucket(clients.s3, BUCKET);
    const stage = new ClassStage(clients, memoryMB, await SlowNetwork.open(urls.s3, bytesPerSecond));
    stage.#workflows = await startInProcessWorkers({
      temporalAddress: urls.temporalAddress,
      taskQueuePrefix: stage.taskQueuePrefix,
      workflowBundle,
      activities: await realActivities(urls.s3),
      memoryClassesMB: [],
    });
    return stage;
  }

  async close(): Promise<void> {
    await this.#workflows?.stop();
    await this.network.close();
    await this.clients.close();
  }

  /** A worker of the class, once it asks for work on both of its queues. */
  async startWorker(options: Partial<ConfinedOptions> = {}): Promise<ConfinedWorker> {
    const { memoryMB, taskQueuePrefix, network, clients } = this;
    const queues = createTaskQueues(clients.temporal.connection, 'default');
    const startedAt = Date.now();
    const worker = ConfinedWorker.start({
      memoryMB,
      taskQueuePrefix,
      ...options,
      env: { AWS_ENDPOINT_URL_S3: network.url, ...options.env },
    });
    for (const queue of [
      hashTaskQueue(memoryMB, taskQueuePrefix),
      smallTaskQueue(memoryMB, taskQueuePrefix),
    ]) {
      await eventually(
        async () => {
          worker.mustRun();
          return ((await queues.lastPolledAtMs(queue)) ?? 0) >= startedAt;
        },
        { what: `a poll of ${queue}` },
      );
    }
    return worker;
  }

  async upload(body: Buffer): Promise<ObjectRef> {
    return putObject(this.clients.s3, BUCKET, randomUUID(), body);
  }

  /** @param again even when the version has been hashed */
  async start(object: ObjectRef, policy: Policy = {}, again = false): Promise<Job> {
    const { taskQueuePrefix, memoryMB: memoryClassMB } = this;
    const input: HashObjectInput = {
      object,
      algorithms: ['sha1'],
      source: { kind: 'submit' },
      policy: { taskQueuePrefix, memoryClassMB, ...policy },
    };
    const { workflowId } = await startHashObject(this.clients.temporal, input, again);
    return this.clients.temporal.workflow.getHandle<HashObject>(workflowId);
  }
}
