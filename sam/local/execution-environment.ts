import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { limitProcess, type ProcessLimits } from './process-limits.js';
import { cpuSecondsOf } from './process-figures.js';
import { RuntimeApi } from './runtime-api.js';

export interface EnvironmentOptions {
  /** Program and arguments of the runtime client; it gets everything else by variables. */
  readonly command: readonly string[];
  readonly taskRoot: string;
  readonly env: Readonly<Record<string, string>>;
  readonly functionArn: string;
  readonly memoryMB: number;
  readonly timeoutMs: number;
  /** Part of one CPU, once it is ready; default: no quota. */
  readonly cpuShare?: number | undefined;
  /** Takes each line that the function writes. */
  readonly log: (line: string) => void;
}

/** How an invocation ended, with what Lambda's `REPORT` line tells. */
export interface InvocationReport {
  readonly requestId: string;
  readonly outcome: 'ok' | 'error' | 'timed-out' | 'out-of-memory' | 'exited';
  /** What the handler returned, or its error, as JSON. */
  readonly payload: string | undefined;
  readonly durationMs: number;
  readonly peakBytes: number;
  /** CPU-seconds until the first invocation could begin; of the first invocation only. */
  readonly initCpuSeconds?: number | undefined;
  readonly initMs?: number | undefined;
}

/** Lambda gives a function so long to get ready. */
const INIT_TIMEOUT_MS = 10_000;

interface Running {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (report: InvocationReport) => void;
  answer?: { readonly outcome: 'ok' | 'error'; readonly body: string };
  isLate?: boolean;
}

/**
 * One execution environment of a function: a process that takes one invocation at a time, is stopped by SIGSTOP between
 * two, and killed at a deadline or for want of memory, as Lambda does it.
 */
export class ExecutionEnvironment {
  #api!: RuntimeApi;
  #child!: ChildProcess;
  #running: Running | undefined;
  #state: 'starting' | 'frozen' | 'busy' | 'ended' = 'starting';
  #init: { readonly ms: number; readonly cpuSeconds: number | undefined } | undefined;
  #wasReady = false;
  #onReady: (() => void) | undefined;
  #initError: string | undefined;
  readonly #exited: Promise<void>;
  #onExit!: () => void;

  private constructor(
    private readonly options: EnvironmentOptions,
    private readonly limit: ProcessLimits,
  ) {
    this.#exited = new Promise((resolve) => {
      this.#onExit = resolve;
    });
  }

  /** Starts the runtime; resolves when it waits for its first invocation, or has ended without. */
  static async start(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
    const limit = await limitProcess({
      memoryBytes: options.memoryMB * 1024 * 1024,
      cpuShare: options.cpuShare,
    });
    const environment = new ExecutionEnvironment(options, limit);
    await environment.#start();
    return environment;
  }

  /** True while it can take an invocation. */
  get isIdle(): boolean {
    return this.#state === 'frozen';
  }

  /** Why it never got ready; undefined when it did. */
  get initError(): string | undefined {
    return this.#initError;
  }

  get pid(): number | undefined {
    return this.#state === 'ended' ? undefined : this.#child.pid;
  }

  /** Runs one invocation to its end, or to the function's deadline. Never rejects. */
  async invoke(event: unknown): Promise<InvocationReport> {
    if (this.#state !== 'frozen') throw new Error(`the environment is ${this.#state}`);
    this.#state = 'busy';
    const requestId = randomUUID();
    const { functionArn, timeoutMs } = this.options;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (this.#running !== undefined) this.#running.isLate = true;
        this.#child.kill('SIGKILL');
      }, timeoutMs);
      this.#running = { requestId, startedAtMs: Date.now(), timer, resolve };
      this.#child.kill('SIGCONT');
      this.#api.deliver({ requestId, functionArn, deadlineMs: Date.now() + timeoutMs, event });
    });
  }

  /** Ends the process, as Lambda does at any time between invocations, or in the middle of one when a machine is lost. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #start(): Promise<void> {
    const { taskRoot, env, command, log } = this.options;
    this.#api = await RuntimeApi.open({
      onNext: () => {
        this.#onNext();
      },
      onResponse: (requestId, body) => {
        this.#onAnswer(requestId, 'ok', body);
      },
      onError: (requestId, body) => {
        if (requestId === undefined) this.#initError = body;
        else this.#onAnswer(requestId, 'error', body);
      },
    });
    const startedAtMs = Date.now();
    const [program = '', ...args] = [...this.limit.prefix, ...command];
    this.#child = spawn(program, args, {
      cwd: taskRoot,
      env: { ...env, AWS_LAMBDA_RUNTIME_API: this.#api.address },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream !== null) createInterface({ input: stream }).on('line', log);
    const endWithParent = () => this.#child.kill('SIGKILL'); // a stopped process would stay for ever
    process.once('exit', endWithParent);
    this.#child.once('exit', (code, signal) => {
      process.off('exit', endWithParent);
      this.#onEnd(signal ?? `code ${String(code)}`);
    });
    this.limit.start(this.#child.pid ?? 0, () => this.#child.kill('SIGKILL'));
    await this.#untilReady(startedAtMs);
  }

  async #untilReady(startedAtMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#initError ??= `it was not ready within ${String(INIT_TIMEOUT_MS / 1_000)} s`;
      this.#child.kill('SIGKILL');
    }, INIT_TIMEOUT_MS);
    const ready = new Promise<void>((resolve) => {
      this.#onReady = () => {
        const cpuSeconds = cpuSecondsOf(this.#child.pid ?? 0);
        this.#init = { ms: Date.now() - startedAtMs, cpuSeconds };
        this.#wasReady = true;
        this.limit.limitCpu();
        resolve();
      };
    });
    await Promise.race([ready, this.#exited]);
    clearTimeout(timer);
  }

  /** Lambda stops the process once it asks for work and there is none. */
  #onNext(): void {
    const running = this.#running;
    this.#state = 'frozen';
    this.#child.kill('SIGSTOP');
    if (running === undefined) {
      this.#onReady?.();
      return;
    }
    this.#finish(running.answer?.outcome ?? 'error', running.answer?.body);
  }

  #onAnswer(requestId: string, outcome: 'ok' | 'error', body: string): void {
    if (this.#running?.requestId === requestId) this.#running.answer = { outcome, body };
  }

  #onEnd(how: string): void {
    this.#state = 'ended';
    this.#api.close();
    const wasExceeded = this.limit.wasExceeded();
    if (!this.#wasReady) this.#initError ??= wasExceeded ? 'it ran out of memory' : `it ended with ${how}`;
    if (this.#running !== undefined) {
      const { isLate = false } = this.#running;
      this.#finish(isLate ? 'timed-out' : wasExceeded ? 'out-of-memory' : 'exited', undefined);
    }
    void this.limit.close().finally(() => {
      this.#onExit();
    });
  }

  #finish(outcome: InvocationReport['outcome'], payload: string | undefined): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    clearTimeout(running.timer);
    const init = this.#init;
    this.#init = undefined;
    running.resolve({
      requestId: running.requestId,
      outcome,
      payload,
      durationMs: Date.now() - running.startedAtMs,
      peakBytes: this.limit.peakBytes(),
      ...(init === undefined ? {} : { initMs: init.ms, initCpuSeconds: init.cpuSeconds }),
    });
  }
}
