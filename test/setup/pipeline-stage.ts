import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import type * as pipelineModule from '../../src/local/pipeline.js';
import { readLedger } from '../../src/worker/read-ledger.js';
import { resultOf, runsOf, type JobRun } from './jobs.js';
import { userEnvironment } from './midstate-cli.js';
import { connectStack, type StackClients } from './stack-clients.js';

/** The built pipeline, as the built command line uses it: it starts `bin/midstate` from where it lies itself. */
const BUILT_PIPELINE = new URL('../../dist/src/local/pipeline.js', import.meta.url).href;

const CLASSES: readonly MemoryClassMB[] = [256, 512];

/** The whole product on the shared stack: poller and workers as processes of their own, started as a user would. */
export class PipelineStage {
  /** Variables for commands that are to work with these workers. */
  readonly env: Readonly<Record<string, string>>;
  readonly bucket = inject('stack').bucket;

  private constructor(
    readonly clients: StackClients,
    private readonly pipeline: pipelineModule.Pipeline,
    settings: Readonly<Record<string, string>>,
  ) {
    this.env = settings;
  }

  /** @param settings variables of the poller and the workers */
  static async open(settings: Readonly<Record<string, string>> = {}): Promise<PipelineStage> {
    const id = randomUUID();
    const env = { MIDSTATE_TASK_QUEUE_PREFIX: `pipeline-${id}`, ...settings };
    const { startPipeline } = (await import(BUILT_PIPELINE)) as typeof pipelineModule;
    const pipeline = startPipeline({
      env: userEnvironment(env),
      dataDir: join(inject('stack').scratchDir, `pipeline-${id}`),
      memoryClassesMB: CLASSES,
      report: (line) => process.stderr.write(`${line}\n`),
    });
    return new PipelineStage(await connectStack(inject('stack').urls), pipeline, env);
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

  /** Bytes that all hash workers have taken from S3 so far. */
  bytesRead(): number {
    const ledgers = CLASSES.map((memoryMB) => readLedger(this.pipeline.readLedgerOf(memoryMB)));
    return ledgers.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }
}
