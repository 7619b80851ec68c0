import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError, type FailureName } from '../../core/failures.js';
import type { Report } from '../local-environment.js';
import { GuardedProcess, type SpawnRequest } from './guarded-process.js';
import type { ProcessRef } from './process-identity.js';

export interface ServerLaunch extends SpawnRequest {
  /** For people: `versitygw (S3)`. */
  readonly title: string;
  /** Failure that a start that does not succeed is reported as. */
  readonly failure: FailureName;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Asks the server itself; false or a rejection means "not yet". */
  readonly isReady: () => Promise<boolean>;
}

const PROBE_INTERVAL_MS = 50;

/** One server of the stack: the same command line however often it is started. */
export class ServerProcess {
  #process: GuardedProcess | undefined;

  constructor(
    readonly launch: ServerLaunch,
    private readonly report: Report,
    /** Told of every change of `ref`. */
    private readonly onChange: () => void,
  ) {}

  get ref(): ProcessRef | undefined {
    return this.#process?.pid === undefined ? undefined : this.#process.ref;
  }

  /**
   * Starts it and resolves when it answers.
   * @throws MidstateError the launch's failure, with the last lines of the log, when it dies or does not answer in time
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.ref !== undefined) return;
    const started = new GuardedProcess(this.launch);
    this.#process = started;
    this.onChange();
    try {
      await this.#untilReady(started, signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
    void started.exited.then((how) => {
      if (this.#process !== started) return; // stop() or kill() ended it
      this.report(`${this.launch.title} ended unexpectedly (${how}); its log is ${this.launch.logFile}`);
      this.onChange();
    });
  }

  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.stop(this.launch.stopTimeoutMs);
    this.onChange();
  }

  /** SIGKILL, as a crash would end it. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    running?.signal('SIGKILL');
    await running?.exited;
    this.onChange();
  }

  async #untilReady(started: GuardedProcess, signal: AbortSignal | undefined): Promise<void> {
    const deadline = Date.now() + this.launch.startTimeoutMs;
    let lastAnswer: unknown;
    while (started.howItEnded() === undefined && Date.now() < deadline) {
      signal?.throwIfAborted();
      const isReady = await this.launch.isReady().catch((error: unknown) => {
        lastAnswer = error;
        return false;
      });
      // Another process could answer in its place: ready means that this one still runs.
      if (isReady && started.howItEnded() === undefined) return;
      await delay(PROBE_INTERVAL_MS);
    }
    const { title, failure, startTimeoutMs, logFile } = this.launch;
    const ended = started.howItEnded();
    const what =
      ended === undefined ? `no answer within ${String(startTimeoutMs / 1_000)} s` : `it ended with ${ended}`;
    throw new MidstateError(
      failure,
      `${title} did not start: ${what}. Last lines of ${logFile}:\n${started.logTail()}`,
      {
        cause: lastAnswer,
      },
    );
  }
}
