import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { HashObjectInput, HashObjectResult, ObjectRef, Policy } from '../../src/core/contracts.js';
import { startHashObject } from '../../src/temporal/start-hash-object.js';
import {
  realActivities,
  ScriptedActivities,
  startInProcessWorkers,
  type Activities,
  type InProcessOptions,
  type InProcessWorkers,
  type Script,
} from './in-process-workers.js';
import { connectStack, ensureBucket, putObject, type StackClients } from './stack-clients.js';
import { theStack } from './the-stack.js';

type HashObject = (input: HashObjectInput) => Promise<HashObjectResult>;
export type Job = WorkflowHandle<HashObject>;

/** Uploads to it are announced to nobody. */
const BUCKET = 'workflow-tests';

/**
 * One test file's place on the shared stack: workers in this process, on task queues that no other file uses, with
 * real activities that a test replaces for its own key.
 */
export class WorkflowStage {
  readonly taskQueuePrefix = `workflow-${randomUUID()}`;

  private constructor(
    readonly clients: StackClients,
    /** The activities over real S3, for scripts that add to them. */
    readonly real: Activities,
    private readonly scripted: ScriptedActivities,
  ) {}

  #workers: InProcessWorkers | undefined;

  static async open(): Promise<WorkflowStage> {
    const { urls, workflowBundle } = theStack();
    const clients = await connectStack(urls);
    await ensureBucket(clients.s3, BUCKET);
    const real = await realActivities(urls.s3);
    const scripted = new ScriptedActivities(real);
    const stage = new WorkflowStage(clients, real, scripted);
    stage.#workers = await startInProcessWorkers({
      temporalAddress: urls.temporalAddress,
      taskQueuePrefix: stage.taskQueuePrefix,
      workflowBundle,
      activities: scripted.activities,
    });
    return stage;
  }

  /** For more workers of the same kind. */
  get workerOptions(): Pick<InProcessOptions, 'taskQueuePrefix' | 'workflowBundle' | 'activities'> {
    const { taskQueuePrefix, scripted } = this;
    return {
      taskQueuePrefix,
      workflowBundle: theStack().workflowBundle,
      activities: scripted.activities,
    };
  }

  async close(): Promise<void> {
    await this.#workers?.stop();
    await this.clients.close();
  }

  /** A key of its own for a test. */
  newKey(): string {
    return `object-${randomUUID()}`;
  }

  /** Uploads a real object. */
  async upload(body: Buffer | string, key = this.newKey()): Promise<ObjectRef> {
    return putObject(this.clients.s3, BUCKET, key, body);
  }

  /** An object that only scripts know. */
  imagine(sizeBytes: number): ObjectRef {
    return { bucket: BUCKET, key: this.newKey(), etag: randomUUID(), sizeBytes };
  }

  script(object: Pick<ObjectRef, 'key'>, script: Script): void {
    this.scripted.script(object.key, script);
  }

  callsFor(object: Pick<ObjectRef, 'key'>): readonly string[] {
    return this.scripted.callsFor(object.key);
  }

  /** Starts a job as the poller does. */
  async start(object: HashObjectInput['object'], input: Partial<HashObjectInput> = {}): Promise<Job> {
    const policy: Policy = { taskQueuePrefix: this.taskQueuePrefix, ...input.policy };
    const { workflowId } = await startHashObject(this.clients.temporal, {
      algorithms: ['sha1'],
      source: { kind: 'submit' },
      ...input,
      object,
      policy,
    });
    return this.clients.temporal.workflow.getHandle<HashObject>(workflowId);
  }

  /** Search attributes of a run of the job; of the newest, if none is named. */
  async attributesOf({ workflowId }: Job, runId?: string): Promise<Record<string, unknown>> {
    const { typedSearchAttributes } = await this.clients.temporal.workflow
      .getHandle(workflowId, runId)
      .describe();
    return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  }

  /** What the Web UI shows as the job's current details, in Markdown. */
  async detailsOf(job: Job): Promise<string> {
    const metadata = await job.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  }

  async hash(
    object: HashObjectInput['object'],
    input: Partial<HashObjectInput> = {},
  ): Promise<HashObjectResult> {
    return (await this.start(object, input)).result();
  }
}
