import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { BackfillActivities } from '../../activities/index.js';
import {
  BACKFILL_PROGRESS_QUERY,
  NO_COUNTS,
  NO_SAMPLES,
  type BackfillInput,
  type BackfillProgress,
  type StartPageInput,
  type StartPageResult,
} from '../../src/core/backfill.js';
import { startBackfill, type Backfill } from '../../src/temporal/start-backfill.js';
import { installQuietRuntime } from './in-process-workers.js';
import { connectStack, type StackClients } from './stack-clients.js';
import { theStack } from './the-stack.js';

type StartPage = BackfillActivities['startPage'];

/** A worker of backfills on the shared stack, on a task queue of its own; its one activity is a test's. */
export class BackfillStage {
  readonly taskQueuePrefix = `backfill-${randomUUID()}`;
  /** Arguments of the activity, in order. */
  readonly pages: StartPageInput[] = [];
  startPage: StartPage = imaginedPages(0);

  private constructor(readonly clients: StackClients) {}

  #stop: () => Promise<void> = () => Promise.resolve();

  static async open(): Promise<BackfillStage> {
    const { urls, workflowBundle } = theStack();
    installQuietRuntime();
    const stage = new BackfillStage(await connectStack(urls));
    const connection = await NativeConnection.connect({ address: urls.temporalAddress });
    const worker = await Worker.create({
      connection,
      taskQueue: stage.taskQueuePrefix,
      workflowBundle: { codePath: workflowBundle },
      activities: {
        startPage: (input: StartPageInput) => {
          stage.pages.push(input);
          return stage.startPage(input);
        },
      },
      maxHeartbeatThrottleInterval: 100,
      shutdownForceTime: '20s',
    });
    const running = worker.run();
    stage.#stop = async () => {
      worker.shutdown();
      await running;
      await connection.close();
    };
    return stage;
  }

  async close(): Promise<void> {
    await this.#stop();
    await this.clients.close();
  }

  /** Of a prefix that no other test has. */
  newInput(input: Partial<BackfillInput> = {}): BackfillInput {
    this.pages.length = 0;
    const source = { kind: 'prefix', bucket: 'imagined', prefix: `${randomUUID()}/` } as const;
    return { name: 'backfill', source, taskQueuePrefix: this.taskQueuePrefix, ...input };
  }

  async start(input: Partial<BackfillInput> = {}): Promise<WorkflowHandle<Backfill>> {
    const { workflowId } = await startBackfill(this.clients.temporal, this.newInput(input));
    return this.clients.temporal.workflow.getHandle<Backfill>(workflowId);
  }

  async progressOf(handle: WorkflowHandle): Promise<BackfillProgress> {
    return handle.query<BackfillProgress>(BACKFILL_PROGRESS_QUERY);
  }
}

/** Pages of a prefix of so many objects, each of which is started; keys are numbers. */
export function imaginedPages(objects: number): StartPage {
  return (input) => Promise.resolve(imaginedPage(input, objects));
}

export function imaginedPage(
  { position, maxObjects, maxStarts = Infinity }: StartPageInput,
  objects: number,
): StartPageResult {
  const from = position.after === undefined ? 0 : Number(position.after);
  const listed = Math.min(maxObjects, maxStarts, objects - from);
  return {
    position: { after: String(from + listed) },
    counts: { ...NO_COUNTS, listed, started: listed },
    samples: NO_SAMPLES,
    isLast: from + listed === objects,
  };
}
