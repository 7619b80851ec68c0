import { isGrpcServiceError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../core/failures.js';
import { ESCALATE_UPDATE, PAUSE_SIGNAL, RESUME_SIGNAL } from '../core/job-controls.js';
import { hashTaskQueue, smallTaskQueue, type MemoryClassMB } from '../core/memory-classes.js';
import { translateTemporalError } from './temporal-failures.js';

/** How an operator names himself to the server. */
const IDENTITY = 'midstate';

/** gRPC codes NOT_FOUND (the activity has ended meanwhile) and UNIMPLEMENTED (a server without activity operations). */
const [NOT_FOUND, UNIMPLEMENTED] = [5, 12];

/** An attempt hands its midstate on at a chunk's end; one that is dead is given up after its heartbeat timeout. */
const HAND_OVER_MS = 30_000;

/** What became of the activities that were under way. */
export interface Operated {
  /** So many were reached, each at its checkpoint. */
  readonly activities: number;
  /** True where the server has no operations for activities: what is under way then goes on to its end. */
  readonly isUnsupported: boolean;
}

/**
 * Holds a job: nothing more is begun, and the activities under way hand their midstates on. Held twice, it is held once.
 * @throws MidstateError ObjectGone (no such job that runs), TemporalUnavailable
 */
export async function pauseJob(client: Client, workflowId: string): Promise<Operated> {
  return await operated(workflowId, async () => {
    const handle = client.workflow.getHandle(workflowId);
    await handle.signal(PAUSE_SIGNAL);
    return await eachActivity(client, workflowId, ({ activityId, paused }) =>
      paused === true
        ? undefined
        : client.workflowService.pauseActivity({ ...at(client, workflowId), id: activityId ?? '' }),
    );
  });
}

/** Lets a job go on that was held. @throws MidstateError as `pauseJob` */
export async function resumeJob(client: Client, workflowId: string): Promise<Operated> {
  return await operated(workflowId, async () => {
    await client.workflow.getHandle(workflowId).signal(RESUME_SIGNAL);
    return await eachActivity(client, workflowId, ({ activityId, paused }) =>
      paused === true
        ? client.workflowService.unpauseActivity({ ...at(client, workflowId), id: activityId ?? '' })
        : undefined,
    );
  });
}

/** Cancels a workflow: what is under way is cancelled too. @throws MidstateError as `pauseJob` */
export async function cancelJob(client: Client, workflowId: string): Promise<void> {
  await operated(workflowId, () => client.workflow.getHandle(workflowId).cancel());
}

/**
 * Moves a job to another memory class: what it is still to begin, and, at their checkpoints, the readings under way.
 * @throws MidstateError InvalidInput (the job refuses it), else as `pauseJob`
 */
export async function escalateJob(
  client: Client,
  workflowId: string,
  memoryMB: MemoryClassMB,
): Promise<Operated> {
  return await operated(workflowId, async () => {
    await client.workflow
      .getHandle(workflowId)
      .executeUpdate<MemoryClassMB, [MemoryClassMB]>(ESCALATE_UPDATE, { args: [memoryMB] });
    return await eachActivity(client, workflowId, (activity) =>
      moveReading(client, workflowId, activity, memoryMB),
    );
  });
}

type Pending = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>['raw']['pendingActivities']
>[number];

/** `PendingActivityState` of Temporal's API: with a worker, or asked back from one. */
const WITH_WORKER = [2, 5];

async function moveReading(
  client: Client,
  workflowId: string,
  activity: Pending,
  memoryMB: MemoryClassMB,
): Promise<unknown> {
  const from = activity.activityOptions?.taskQueue?.name ?? '';
  const to = queueInClass(from, memoryMB);
  const id = activity.activityId ?? '';
  if (to === undefined || to === from) return undefined;
  const isWithWorker = WITH_WORKER.includes(Number(activity.state));
  if (isWithWorker) {
    await client.workflowService.pauseActivity({ ...at(client, workflowId), id });
    await untilHandedOn(client, workflowId, id);
  }
  await client.workflowService.updateActivityOptions({
    ...at(client, workflowId),
    id,
    activityOptions: { taskQueue: { name: to } },
    updateMask: { paths: ['task_queue.name'] },
  });
  return isWithWorker
    ? await client.workflowService.unpauseActivity({ ...at(client, workflowId), id })
    : await client.workflowService.resetActivity({ ...at(client, workflowId), id });
}

/** The queue of the same kind in another class; undefined for a queue of no class. */
function queueInClass(taskQueue: string, memoryMB: MemoryClassMB): string | undefined {
  const [, prefix, small] = /^(.+)-(?:128|256|512|1024|2048)(-small)?$/.exec(taskQueue) ?? [];
  if (prefix === undefined) return undefined;
  return small === undefined ? hashTaskQueue(memoryMB, prefix) : smallTaskQueue(memoryMB, prefix);
}

async function untilHandedOn(client: Client, workflowId: string, activityId: string): Promise<void> {
  const deadline = Date.now() + HAND_OVER_MS;
  while (Date.now() < deadline) {
    const activity = (await pendingOf(client, workflowId)).find((one) => one.activityId === activityId);
    if (activity === undefined || !WITH_WORKER.includes(Number(activity.state))) return;
    await delay(100);
  }
}

async function pendingOf(client: Client, workflowId: string): Promise<readonly Pending[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities ?? [];
}

/** Twice, for the workflow may have begun one more before it took notice. */
async function eachActivity(
  client: Client,
  workflowId: string,
  operate: (activity: Pending) => Promise<unknown> | undefined,
): Promise<Operated> {
  const reached = new Set<string>();
  try {
    for (let round = 0; round < 2; round++) {
      for (const activity of await pendingOf(client, workflowId)) {
        const answer = operate(activity);
        if (answer === undefined) continue;
        const isReached = await answer.then((done) => done !== undefined, toleratingEnd);
        if (isReached) reached.add(activity.activityId ?? '');
      }
      if (round === 0) await delay(SETTLE_MS);
    }
  } catch (error) {
    if (codeOf(error) === UNIMPLEMENTED) return { activities: reached.size, isUnsupported: true };
    throw error;
  }
  return { activities: reached.size, isUnsupported: false };
}

/** A workflow takes notice of a signal so soon, where a worker runs. */
const SETTLE_MS = 500;

function toleratingEnd(error: unknown): boolean {
  if (codeOf(error) === NOT_FOUND) return false;
  throw error;
}

function at(client: Client, workflowId: string) {
  return { namespace: client.options.namespace, execution: { workflowId }, identity: IDENTITY };
}

function codeOf(error: unknown): number | undefined {
  const service = isGrpcServiceError(error) ? error : (error as { cause?: unknown }).cause;
  return isGrpcServiceError(service) ? service.code : undefined;
}

async function operated<T>(workflowId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new MidstateError('InvalidInput', `job: it refuses: ${error.cause?.message ?? error.message}`, {
        facts: { workflowId },
        cause: error,
      });
    }
    const isGone = (error as Error).name === 'WorkflowNotFoundError' || codeOf(error) === NOT_FOUND;
    if (!isGone) throw translateTemporalError(error, 'operate job');
    throw new MidstateError(
      'ObjectGone',
      'job: there is none that runs under this id; `midstate status` shows how it ended, `midstate replay` starts it again',
      { facts: { workflowId }, cause: error },
    );
  }
}
