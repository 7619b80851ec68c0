import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity, type ProcessRef } from './process-identity.js';

export interface SpawnRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string | undefined;
  /** Takes standard output and error, appended. */
  readonly logFile: string;
}

const LOG_TAIL_LINES = 15;
const LOG_TAIL_BYTES = 8_000;
const LOG_ROTATE_BYTES = 20_000_000;

/**
 * A child in a session of its own, so that Ctrl-C on the terminal does not reach it before its parent has stopped it
 * in order. Where util-linux's `setpriv` is present (Linux), the kernel ends it when the parent dies, even of SIGKILL.
 */
export class GuardedProcess {
  /** Resolves, never rejects, with a word on how it ended: `code 1`, `signal SIGKILL`, `not started: …`. */
  readonly exited: Promise<string>;
  readonly ref: ProcessRef | undefined;
  #ended: string | undefined;
  readonly #child: ChildProcess;
  readonly #logOffset: number;

  constructor(private readonly request: SpawnRequest) {
    this.#logOffset = prepareLog(request.logFile);
    const log = openSync(request.logFile, 'a');
    const guard = hasDeathSignal() ? ['setpriv', '--pdeathsig', 'TERM', '--'] : [];
    const [command = request.command, ...args] = [...guard, request.command, ...request.args];
    const { env, cwd } = request;
    this.#child = spawn(command, args, { env: { ...env }, cwd, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ended ??= how;
        resolve(this.#ended);
      };
      this.#child.once('error', (error) => {
        end(`not started: ${error.message}`);
      });
      this.#child.once('exit', (code, signal) => {
        end(signal === null ? `code ${String(code)}` : `signal ${signal}`);
      });
    });
    const pid = this.#child.pid;
    const identity = pid === undefined ? undefined : processIdentity(pid);
    this.ref = pid === undefined || identity === undefined ? undefined : { pid, identity };
  }

  get pid(): number | undefined {
    return this.#ended === undefined ? this.#child.pid : undefined;
  }

  /** How it ended; undefined while it runs. */
  howItEnded(): string | undefined {
    return this.#ended;
  }

  /** Sends a signal; does nothing once it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ended === undefined) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL to what is still there after `graceMs`; resolves when it has ended. */
  async stop(graceMs: number): Promise<string> {
    this.signal('SIGTERM');
    const timer = new AbortController();
    const graceOver = delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.exited, graceOver]);
    timer.abort();
    this.signal('SIGKILL');
    return this.exited;
  }

  /** The last lines that this process, and none before it, wrote to its log. */
  logTail(): string {
    const written = readFileSync(this.request.logFile).subarray(this.#logOffset);
    return written
      .subarray(-LOG_TAIL_BYTES)
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .slice(-LOG_TAIL_LINES)
      .join('\n');
  }
}

/** Makes the log's folder, moves a log of over 20 MB to `.1`, and gives the size of what is left. */
function prepareLog(logFile: string): number {
  mkdirSync(dirname(logFile), { recursive: true });
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_ROTATE_BYTES) return size;
  renameSync(logFile, `${logFile}.1`);
  return 0;
}

let deathSignal: boolean | undefined;

/** BusyBox has a `setpriv` too, without this option: only a trial tells. */
function hasDeathSignal(): boolean {
  deathSignal ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'TERM', '--', 'true']).status === 0;
  return deathSignal;
}
