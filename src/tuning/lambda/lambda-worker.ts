import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MidstateError } from '../../core/failures.js';
import type { MemoryClassMB } from '../../core/memory-classes.js';
import type { InvocationAnswer, LambdaFunction } from '../../storage/lambda-function.js';
import { whileNothingHappens } from '../while-nothing-happens.js';
import type { CellWorker, WorkerFigures } from '../worker-host.js';
import { parseReport } from './report-line.js';

/** A worker function that finds nothing to do ends after ten seconds: one that ends earlier is none. */
const LEAST_SECONDS = 5;

const THROTTLED_MS = 2_000;

export interface LambdaWorkerOptions {
  readonly lambda: Pick<LambdaFunction, 'name' | 'invoke'>;
  readonly alias: string;
  readonly memoryMB: MemoryClassMB;
  /** Takes the end of each invocation's log. */
  readonly logFile: string;
  /** Nobody waits for the invocation under way any more. */
  readonly stop: AbortSignal;
}

/**
 * One version of a function as a worker of one run: one invocation at a time, as one process is elsewhere, and another
 * when it ends at its deadline. What it used is known when the last invocation has ended, ten idle seconds after its work.
 */
export class LambdaWorker implements CellWorker {
  #isOver = false;
  #trouble: Error | undefined;
  #peakBytes: number | undefined;
  #billedSeconds = 0;
  readonly #invocations: Promise<void>;

  private constructor(private readonly options: LambdaWorkerOptions) {
    this.#invocations = this.#invoke().catch((error: unknown) => {
      this.#trouble = error instanceof Error ? error : new Error(String(error));
    });
  }

  static start(options: LambdaWorkerOptions): LambdaWorker {
    mkdirSync(dirname(options.logFile), { recursive: true });
    return new LambdaWorker(options);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  whileWell<T>(work: Promise<T>, timeoutSeconds: number, stop: AbortSignal): Promise<T> {
    return whileNothingHappens(work, { timeoutSeconds, stop, look: () => Promise.resolve(this.#trouble) });
  }

  async figures(): Promise<WorkerFigures> {
    const billed = await this.stop();
    return { ...(this.#peakBytes === undefined ? {} : { peakBytes: this.#peakBytes }), ...billed };
  }

  /** Invokes no more, and waits for the end of the invocation under way: it would take the next run's work. */
  async stop(): Promise<Pick<WorkerFigures, 'billedGBSeconds'>> {
    this.#isOver = true;
    await this.#invocations;
    return { billedGBSeconds: (this.#billedSeconds * this.options.memoryMB) / 1_024 };
  }

  async #invoke(): Promise<void> {
    const { lambda, alias, stop } = this.options;
    while (!this.#isOver && !stop.aborted) {
      const startedAt = performance.now();
      const answer = await lambda.invoke(alias, stop);
      if (answer === undefined) {
        await delay(THROTTLED_MS, undefined, { signal: stop });
        continue;
      }
      this.#take(answer, (performance.now() - startedAt) / 1_000);
    }
  }

  #take({ failure, logTail }: InvocationAnswer, seconds: number): void {
    const { lambda, memoryMB, logFile } = this.options;
    appendFileSync(logFile, logTail);
    const report = parseReport(logTail);
    this.#billedSeconds += report?.billedSeconds ?? seconds;
    if (report !== undefined) this.#peakBytes = Math.max(this.#peakBytes ?? 0, report.maxMemoryBytes);
    if (failure !== undefined) {
      const isFull = report !== undefined && report.maxMemoryBytes >= memoryMB * 2 ** 20;
      const how = isFull ? 'was killed at its memory limit' : `ended (${failure})`;
      throw new MidstateError('WorkerShutdown', `tune: the worker ${how}`);
    }
    if (seconds < LEAST_SECONDS)
      throw new MidstateError(
        'InvalidInput',
        `tune: the function ended after ${seconds.toFixed(1)} s without work: expected a worker function of midstate, which ` +
          'waits ten seconds for it',
        { facts: { function: lambda.name } },
      );
  }
}
