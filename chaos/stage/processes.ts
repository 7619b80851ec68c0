import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleReads, type ReadSamples } from '../../src/demo/read-samples.js';
import type { Report } from '../../src/local/local-environment.js';
import type { Confinement } from '../../src/local/process/confinement.js';
import { superviseNode, type SupervisedProcess } from '../../src/local/supervisor.js';
import type { KillTarget } from '../faults.js';

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

/** The hash workers: their class, and what befalls them besides kills. */
const HASH_WORKERS = [
  { name: 'worker-256-a', memoryMB: 256, isConfined: true, hasOwnClock: false },
  { name: 'worker-256-b', memoryMB: 256, isConfined: false, hasOwnClock: true },
  { name: 'worker-512-a', memoryMB: 512, isConfined: false, hasOwnClock: false },
  { name: 'worker-512-b', memoryMB: 512, isConfined: false, hasOwnClock: false },
] as const;

export const CONFINED_WORKER = 'worker-256-a';
export const WORKER_WITH_OWN_CLOCK = 'worker-256-b';

export interface ProcessesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** Variables that give a process a clock that can be set; empty where there is none to be had. */
  readonly clockEnv: Readonly<Record<string, string>>;
  /** Undefined where control groups cannot be made. */
  readonly confinement: Confinement | undefined;
  readonly report: Report;
}

/** midstate's own processes, two hash workers of each class among them; each is started again when it dies. */
export class Processes {
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #reads = new Map<string, ReadSamples>();

  constructor(private readonly options: ProcessesOptions) {
    this.#start('worker-workflows', ['worker', '--workflows']);
    for (const { name, memoryMB, isConfined, hasOwnClock } of HASH_WORKERS) {
      const ledger = join(options.folder, 'ledgers', name);
      this.#start(
        name,
        ['worker', '--memory-class', String(memoryMB)],
        { MIDSTATE_READ_LEDGER: ledger, ...(hasOwnClock ? options.clockEnv : {}) },
        isConfined ? (options.confinement?.prefix ?? []) : [],
      );
      this.#reads.set(name, sampleReads(ledger));
    }
    this.#start('poller', ['poller']);
  }

  get(name: KillTarget): SupervisedProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`${name} is none of midstate's processes`);
    return found;
  }

  /** What a hash worker reads from S3; undefined for what reads nothing. */
  readsOf(name: KillTarget): ReadSamples | undefined {
    return this.#reads.get(name);
  }

  /** Bytes that all hash workers have taken from S3 so far, those that were killed included. */
  bytesRead(): number {
    return [...this.#reads.values()].reduce((sum, reads) => sum + reads.total(), 0);
  }

  logOf(name: KillTarget): string {
    return join(this.options.folder, 'logs', `${name}.log`);
  }

  async stop(): Promise<void> {
    const running = [...this.#processes.values()];
    await Promise.all(running.map((process) => process.stop()));
    for (const reads of this.#reads.values()) reads.dispose();
  }

  #start(
    name: KillTarget,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    prefix: readonly string[] = [],
  ): void {
    const [command = MIDSTATE, ...words] = [...prefix, MIDSTATE, ...args];
    const process = superviseNode({
      name,
      command,
      args: words,
      env: { ...this.options.env, ...env },
      logFile: this.logOf(name),
      report: () => undefined, // it dies because it is killed
    });
    this.#processes.set(name, process);
  }
}
