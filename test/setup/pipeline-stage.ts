import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import type { HashObjectResult } from '../../src/core/contracts.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { sampleReads, type ReadSamples } from '../../src/demo/read-samples.js';
import type * as pipelineModule from '../../src/local/pipeline.js';
import type { LocalStack } from '../../src/local/stack-options.js';
import type { SupervisedProcess } from '../../src/local/supervisor.js';
import { readLedger } from '../../src/worker/read-ledger.js';
import { resultOf, runsOf, type JobRun } from './jobs.js';
import { userEnvironment } from './midstate-cli.js';
import { connectStack, type StackClients } from './stack-clients.js';
import { theStack } from './the-stack.js';

/** The built pipeline, as the built command line uses it: it starts `bin/midstate` from where it lies itself. */
const BUILT_PIPELINE = new URL('../../dist/src/local/pipeline.js', import.meta.url).href;

const CLASSES: readonly MemoryClassMB[] = [256, 512];

/** The whole product on a stack: poller and workers as processes of their own, started as a user would. */
export class PipelineStage {
  private constructor(
    readonly clients: StackClients,
    private readonly pipeline: pipelineModule.Pipeline,
    readonly taskQueuePrefix: string,
    /** Its uploads are announced in the queue. */
    readonly bucket: string,
  ) {}

  /**
   * Takes the stack's queue for its own: what earlier files uploaded there, and nobody took, is gone.
   *
   * @param settings variables of the poller and the workers
   * @param stack default: the one that all test files share
   */
  static async open(
    settings: Readonly<Record<string, string>> = {},
    { env, urls }: Pick<LocalStack, 'env' | 'urls'> = theStack(),
  ): Promise<PipelineStage> {
    const taskQueuePrefix = `pipeline-${randomUUID()}`;
    const clients = await connectStack(urls);
    await clients.sqs.send(new PurgeQueueCommand({ QueueUrl: urls.queueUrl }));
    const { startPipeline } = (await import(BUILT_PIPELINE)) as typeof pipelineModule;
    const pipeline = startPipeline({
      env: userEnvironment({ MIDSTATE_TASK_QUEUE_PREFIX: taskQueuePrefix, ...settings }, env),
      dataDir: join(theStack().scratchDir, taskQueuePrefix),
      memoryClassesMB: CLASSES,
      report: (line) => process.stderr.write(`${line}\n`),
    });
    const bucket = env['MIDSTATE_BUCKET'] ?? '';
    return new PipelineStage(clients, pipeline, taskQueuePrefix, bucket);
  }

  async close(): Promise<void> {
    await this.pipeline.stop();
    await this.clients.close();
  }

  /** The result of the newest job of a key, once there is one. */
  async resultOf(key: string): Promise<HashObjectResult> {
    return resultOf(this.clients.temporal, { bucket: this.bucket, key });
  }

  async runsOf(key: string): Promise<JobRun[]> {
    return runsOf(this.clients.temporal, { bucket: this.bucket, key });
  }

  get poller(): SupervisedProcess {
    return this.pipeline.poller;
  }

  hashWorker(memoryMB: MemoryClassMB): SupervisedProcess {
    const worker = this.pipeline.hashWorkers.get(memoryMB);
    if (worker === undefined) throw new Error(`no ${String(memoryMB)} MB worker`);
    return worker;
  }

  /** Follows what the hash worker of a class reads from S3; a worker that is started again begins at zero. */
  readsOf(memoryMB: MemoryClassMB): ReadSamples {
    return sampleReads(this.pipeline.readLedgerOf(memoryMB));
  }

  /** Bytes that all hash workers have taken from S3 so far. */
  bytesRead(): number {
    const ledgers = CLASSES.map((memoryMB) => readLedger(this.pipeline.readLedgerOf(memoryMB)));
    return ledgers.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }
}

/** Sends a signal to a supervised process, and resolves when another has taken its place. */
export async function strike(target: SupervisedProcess, signal: NodeJS.Signals): Promise<void> {
  const { pid } = target;
  if (pid === undefined) throw new Error(`${target.name} is not running`);
  const replaced = new Promise<void>((resolve) => {
    target.onRestart(() => {
      resolve();
    });
  });
  process.kill(pid, signal);
  await replaced;
}
