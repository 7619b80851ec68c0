import { fileURLToPath } from 'node:url';
import { MidstateError } from '../core/failures.js';
import { GuardedProcess } from '../local/process/guarded-process.js';
import type { WorkerSetup } from './cell.js';
import { ClassLimits } from './class-limits.js';

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

const STOP_GRACE_MS = 20_000;
const LOOK_MS = 250;

/** Any chunk of the matrix is to be measured, also one that a stop of the class could not wait for. */
const NO_CHUNK_TOO_LARGE_MB_PER_S = 100_000;

export interface ClassWorkerOptions {
  readonly setup: WorkerSetup;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Name of its control group; undefined: it is not held. */
  readonly group: string | undefined;
}

/** A worker of one class with one setup, as a user would start it, inside the limits of its class. */
export class ClassWorker {
  private constructor(
    private readonly process: GuardedProcess,
    readonly limits: ClassLimits,
  ) {}

  static start({ setup, env, logFile, group }: ClassWorkerOptions): ClassWorker {
    const { memoryMB, chunkSizeBytes, connections, engine } = setup;
    const limits = ClassLimits.create(group, memoryMB);
    const process = new GuardedProcess({
      ...limits.wrap(MIDSTATE, ['worker', '--memory-class', String(memoryMB)]),
      env: {
        ...env,
        MIDSTATE_ENGINE: engine,
        MIDSTATE_CHUNK_SIZE_BYTES: String(chunkSizeBytes),
        MIDSTATE_CONNECTIONS_PER_OBJECT: String(connections),
        MIDSTATE_CLASS_TABLE: JSON.stringify({
          [memoryMB]: { megabytesPerSecond: NO_CHUNK_TOO_LARGE_MB_PER_S },
        }),
      },
      logFile,
    });
    return new ClassWorker(process, limits);
  }

  /**
   * Waits for work that this worker does.
   * @throws MidstateError WorkerShutdown when the worker ends meanwhile, the work takes too long, or is given up
   */
  async whileWell<T>(work: Promise<T>, timeoutSeconds: number, stop: AbortSignal): Promise<T> {
    const deadline = performance.now() + timeoutSeconds * 1_000;
    let timer: NodeJS.Timeout | undefined;
    const inTrouble = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        const isLate = performance.now() > deadline;
        const trouble = stop.aborted ? 'is not needed any more' : this.#trouble(isLate, timeoutSeconds);
        if (trouble !== undefined) reject(new MidstateError('WorkerShutdown', `tune: the worker ${trouble}`));
      }, LOOK_MS);
    });
    try {
      return await Promise.race([work, inTrouble]);
    } finally {
      clearInterval(timer);
    }
  }

  async stop(): Promise<void> {
    await this.process.stop(STOP_GRACE_MS);
    await this.limits.remove();
  }

  #trouble(isLate: boolean, timeoutSeconds: number): string | undefined {
    if (this.limits.wasKilled) return 'was killed at its memory limit';
    const ended = this.process.howItEnded();
    if (ended !== undefined) return `ended (${ended}): ${this.process.logTail()}`;
    return isLate ? `took longer than ${String(Math.round(timeoutSeconds))} s` : undefined;
  }
}
