import { fileURLToPath } from 'node:url';
import { MidstateError } from '../core/failures.js';
import { GuardedProcess } from '../local/process/guarded-process.js';
import type { WorkerSetup } from './cell.js';
import type { ClassLimits, LimitsUsage } from './holders/holder.js';
import { whileNothingHappens } from './while-nothing-happens.js';
import type { CellWorker, WorkerFigures } from './worker-host.js';
import { workerVariables } from './worker-variables.js';

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

const STOP_GRACE_MS = 20_000;

export interface ClassWorkerOptions {
  readonly setup: WorkerSetup;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly limits: ClassLimits;
}

/** A worker of one class with one setup, as a user would start it, inside the limits of its class. */
export class ClassWorker implements CellWorker {
  readonly isOver = false;
  #before: LimitsUsage | undefined;

  private constructor(
    private readonly process: GuardedProcess,
    private readonly limits: ClassLimits,
  ) {}

  static start({ setup, env, logFile, limits }: ClassWorkerOptions): ClassWorker {
    const command = limits.wrap({
      command: MIDSTATE,
      args: ['worker', '--memory-class', String(setup.memoryMB)],
      env: { ...env, ...workerVariables(setup) },
    });
    return new ClassWorker(new GuardedProcess({ ...command, logFile }), limits);
  }

  async begin(): Promise<void> {
    await this.limits.resetPeak();
    this.#before = await this.limits.usage();
  }

  whileWell<T>(work: Promise<T>, timeoutSeconds: number, stop: AbortSignal): Promise<T> {
    return whileNothingHappens(work, { timeoutSeconds, stop, look: () => this.#trouble() });
  }

  async figures(): Promise<WorkerFigures> {
    return figuresOf(this.#before, await this.limits.usage());
  }

  async stop(): Promise<Record<string, never>> {
    await this.process.stop(STOP_GRACE_MS);
    await this.limits.remove();
    return {};
  }

  async #trouble(): Promise<MidstateError | undefined> {
    const ended = this.process.howItEnded();
    if (ended === undefined) return undefined;
    const how = (await this.limits.wasKilled(/^signal (\w+)$/.exec(ended)?.[1]))
      ? 'was killed at its memory limit'
      : `ended (${ended}): ${this.process.logTail()}`;
    return new MidstateError('WorkerShutdown', `tune: the worker ${how}`);
  }
}

/** What was used between two looks. */
export function figuresOf(before: LimitsUsage | undefined, after: LimitsUsage | undefined): WorkerFigures {
  if (after === undefined) return {};
  const { cpuSeconds, peakBytes } = after;
  return {
    peakBytes,
    ...(cpuSeconds === undefined ? {} : { cpuSeconds: cpuSeconds - (before?.cpuSeconds ?? 0) }),
  };
}
