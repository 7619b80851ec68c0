import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from './local-environment.js';
import { GuardedProcess } from './process/guarded-process.js';

export interface SuperviseOptions {
  /** For people: `worker 256 MB`. */
  readonly name: string;
  /** Default: this Node. */
  readonly command?: string;
  readonly args: readonly string[];
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly logFile: string;
  readonly report: Report;
  /** How long `stop` waits between SIGTERM and SIGKILL. Default: 15,000. */
  readonly stopTimeoutMs?: number;
  /** Wait before the first restart; doubled for each one that follows soon. Default: 250. */
  readonly firstBackoffMs?: number;
}

export interface RestartNotice {
  readonly name: string;
  readonly pid: number | undefined;
  /** How the process before it ended: `code 1`, `signal SIGKILL`. */
  readonly previousEnd: string;
}

/** A child that is started again whenever it ends without having been told to. */
export interface SupervisedProcess {
  readonly name: string;
  /** Undefined while it waits to be started again, and after `stop`. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Adds a listener that is called after each restart. */
  onRestart(listener: (notice: RestartNotice) => void): void;
  /** SIGTERM, then SIGKILL if it is still there after the stop timeout; resolves when it has ended for good. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 30_000;
/** A child that ran this long was well: the next restart comes quickly again. */
const WELL_AFTER_MS = 60_000;

/**
 * Starts a Node process (or `command`) and keeps it running. The child does not get the terminal's Ctrl-C, and on
 * Linux it ends when this process does, even of SIGKILL.
 */
export function superviseNode(options: SuperviseOptions): SupervisedProcess {
  return new Supervision(options);
}

class Supervision implements SupervisedProcess {
  readonly #listeners: ((notice: RestartNotice) => void)[] = [];
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #current: GuardedProcess;
  restarts = 0;

  constructor(private readonly options: SuperviseOptions) {
    this.#current = this.#spawn();
    this.#finished = this.#keepRunning();
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.#current.pid;
  }

  onRestart(listener: (notice: RestartNotice) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current.stop(this.options.stopTimeoutMs ?? 15_000);
    await this.#finished;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #spawn(): GuardedProcess {
    const { command = process.execPath, args, env, cwd, logFile } = this.options;
    return new GuardedProcess({ command, args, env, cwd, logFile });
  }

  async #keepRunning(): Promise<void> {
    const { firstBackoffMs = 250 } = this.options;
    let backoffMs = firstBackoffMs;
    for (;;) {
      const startedAt = Date.now();
      const previousEnd = await this.#current.exited;
      if (this.#isStopping()) return;
      if (Date.now() - startedAt >= WELL_AFTER_MS) backoffMs = firstBackoffMs;
      this.#reportEnd(previousEnd, backoffMs);
      await delay(backoffMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#isStopping()) return;
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      this.#current = this.#spawn();
      this.restarts += 1;
      for (const listener of this.#listeners) listener({ name: this.name, pid: this.pid, previousEnd });
    }
  }

  #reportEnd(how: string, backoffMs: number): void {
    const { name, report, logFile } = this.options;
    report(
      `${name} ended unexpectedly (${how}); starting it again in ${String(backoffMs / 1_000)} s; its log is ${logFile}`,
    );
  }
}
