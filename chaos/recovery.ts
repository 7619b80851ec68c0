import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DEFAULT_LOSS_BOUND_SECONDS, heartbeatTiming } from '../src/core/loss-bound.js';

/** What was under way on a worker when it was killed. */
export interface WorkerVictim {
  readonly workflowId: string;
  readonly activityId: string;
  readonly attempt: number;
}

/** Hashing must go on so soon after a worker was killed. */
export const WORKER_BOUND_SECONDS =
  heartbeatTiming(DEFAULT_LOSS_BOUND_SECONDS).heartbeatTimeoutMs / 1_000 + 2;

/** And so soon after Temporal came back. */
export const TEMPORAL_BOUND_SECONDS = 10;

/** Longer than any bound: what takes so long has not recovered. */
const GIVE_UP_MS = 60_000;
const LOOK_INTERVAL_MS = 250;

/** `PendingActivityState` of Temporal's API: with a worker. */
const STARTED = 2;

/** The ranges that the process `pid` is hashing. Ranges have slots of their own: the next attempt waits for no queue. */
export async function findVictims(client: Client, bucket: string, pid: number): Promise<WorkerVictim[]> {
  const query = `S3Bucket = "${bucket}" AND ExecutionStatus = "Running" AND ObjectSizeBytes > 20000000`;
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  const found = await Promise.all(
    ids.map(async (workflowId) => {
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      return (raw.pendingActivities ?? []).flatMap((pending) =>
        Number(pending.state) === STARTED &&
        pending.activityType?.name === 'hashRange' &&
        (pending.lastWorkerIdentity ?? '').endsWith(`:${String(pid)}`)
          ? [{ workflowId, activityId: pending.activityId ?? '', attempt: pending.attempt ?? 1 }]
          : [],
      );
    }),
  );
  return found.flat();
}

/** Seconds from the kill until the last of the victims was with a worker again, or further; Infinity if one never was. */
export async function secondsUntilTakenUp(
  client: Client,
  victims: readonly WorkerVictim[],
  killedAtMs: number,
): Promise<number> {
  const takenUpAt = await Promise.all(victims.map((victim) => takenUpAtMs(client, victim, killedAtMs)));
  return (Math.max(...takenUpAt) - killedAtMs) / 1_000;
}

async function takenUpAtMs(client: Client, victim: WorkerVictim, killedAtMs: number): Promise<number> {
  while (Date.now() - killedAtMs < GIVE_UP_MS) {
    const taken = await lookAtVictim(client, victim).catch(() => undefined);
    if (taken !== undefined) return taken;
    await delay(LOOK_INTERVAL_MS);
  }
  return Infinity;
}

/** When it was taken up; undefined while it is not. */
async function lookAtVictim(client: Client, victim: WorkerVictim): Promise<number | undefined> {
  const { raw } = await client.workflow.getHandle(victim.workflowId).describe();
  const pending = raw.pendingActivities?.find(({ activityId }) => activityId === victim.activityId);
  if (pending === undefined) return Date.now(); // it has ended meanwhile, or goes on in another class
  if (Number(pending.state) !== STARTED || (pending.attempt ?? 1) <= victim.attempt) return undefined;
  const { seconds, nanos } = pending.lastStartedTime ?? {};
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
}

/** Seconds from the server's return until a job ended; Infinity if none did. */
export async function secondsUntilJobEnded(
  client: Client,
  bucket: string,
  backAtMs: number,
): Promise<number> {
  const query = `S3Bucket = "${bucket}" AND CloseTime > "${new Date(backAtMs).toISOString()}"`;
  while (Date.now() - backAtMs < GIVE_UP_MS) {
    try {
      let first = Infinity;
      for await (const { closeTime } of client.workflow.list({ query })) {
        first = Math.min(first, closeTime?.getTime() ?? Infinity);
      }
      if (first < Infinity) return (first - backAtMs) / 1_000;
    } catch {
      // it is not quite back
    }
    await delay(LOOK_INTERVAL_MS);
  }
  return Infinity;
}
