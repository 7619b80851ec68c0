import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { SupervisedProcess } from '../local/supervisor.js';
import { readJobStatus } from '../temporal/job-status.js';
import type { ReadSamples } from './read-samples.js';

export interface KillReport {
  /** Bytes of the object that the killed worker had read. */
  readonly readByKilledWorker: number;
  /** Where the server's newest checkpoint lies: the next attempt starts there. */
  readonly checkpointAtByte: number;
  /** What the loss bound allows to be read again: the killed worker's reads in its last seconds. */
  readonly allowedBytesReadTwice: number;
  readonly peakRssBytes: number;
}

export interface KillPlan {
  readonly client: Client;
  readonly workflowId: () => Promise<string>;
  readonly samples: ReadSamples;
  /** Sends SIGKILL to the worker and resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** The worker is killed once it has read so many bytes of the object. */
  readonly killAtByte: number;
  readonly lossBoundSeconds: number;
}

const WATCH_INTERVAL_MS = 5;

/** Waits until the worker is in the middle of the object, kills it, and reports where it stood. */
export async function killInTheMiddle(plan: KillPlan, stop: AbortSignal): Promise<KillReport> {
  const { samples } = plan;
  const base = samples.read().bytesRead;
  while (samples.read().bytesRead - base < plan.killAtByte) {
    await delay(WATCH_INTERVAL_MS, undefined, { signal: stop });
  }
  await plan.kill();
  const { bytesRead, peakRssBytes } = samples.read();
  const readByKilledWorker = bytesRead - base;
  const recent = samples.bytesInLast(plan.lossBoundSeconds);
  const status = await readJobStatus(plan.client, await plan.workflowId());
  return {
    readByKilledWorker,
    checkpointAtByte: status.progress?.bytesHashed ?? 0,
    allowedBytesReadTwice: Math.min(recent, readByKilledWorker),
    peakRssBytes,
  };
}

/** Sends SIGKILL to a supervised process, and resolves when that process is gone. */
export async function killProcess(target: SupervisedProcess, onKill: (pid: number) => void): Promise<void> {
  const { pid } = target;
  if (pid === undefined) throw new Error(`${target.name} is not running: there is nothing to kill`);
  process.kill(pid, 'SIGKILL');
  onKill(pid);
  while (target.pid === pid) await delay(WATCH_INTERVAL_MS);
}
