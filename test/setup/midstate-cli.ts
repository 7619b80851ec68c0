import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { theStack } from './the-stack.js';

const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));

/** How long a command may take before it counts as hung. */
const COMMAND_TIMEOUT_MS = 60_000;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Variables over the stack's; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** File descriptor in the place of standard output. */
  readonly stdout?: number;
}

/**
 * The environment of a user who has nothing set but what points at the stack: no profile and no configuration file of
 * the machine that runs the tests can change a result.
 */
export function userEnvironment(
  changes: Readonly<Record<string, string | undefined>> = {},
  stackEnv: Readonly<Record<string, string>> = theStack().env,
): Record<string, string | undefined> {
  const { PATH, LANG } = process.env;
  const home = join(theStack().scratchDir, 'home');
  mkdirSync(home, { recursive: true });
  return { PATH, LANG, HOME: home, NODE_NO_WARNINGS: '1', ...stackEnv, ...changes };
}

/** Runs a `midstate` command to its end. */
export async function midstate(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { input, cwd, stdout = 'pipe' } = options;
  const child = spawn(MIDSTATE, args, {
    env: userEnvironment(options.env),
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', stdout, 'pipe'],
    timeout: COMMAND_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const collected: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  child.stdout?.on('data', (piece: Buffer) => collected.stdout.push(piece));
  child.stderr?.on('data', (piece: Buffer) => collected.stderr.push(piece));
  child.stdin?.on('error', () => undefined); // a command that refuses its arguments reads no input
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  const text = (name: 'stdout' | 'stderr') => Buffer.concat(collected[name]).toString('utf8');
  return { code, stdout: text('stdout'), stderr: text('stderr') };
}

/** Each line that a command printed, as JSON. */
export function jsonLines(stdout: string): unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** A `midstate` command that runs until it is told to stop. */
export class RunningCommand {
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    private readonly logFile: string,
    /** Words before the command: what it is run by. */
    prefix: readonly string[] = [],
  ) {
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const [command = MIDSTATE, ...words] = [...prefix, MIDSTATE, ...args];
    this.#child = spawn(command, words, { env: { ...env }, stdio: ['ignore', log, log] });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.exited;
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }
}
