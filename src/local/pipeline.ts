import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemoryClassMB } from '../core/memory-classes.js';
import type { Report } from './local-environment.js';
import { superviseNode, type SupervisedProcess } from './supervisor.js';

export interface PipelineOptions {
  /** Environment of the processes: the stack's, over the one they inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  /** One hash worker for each. */
  readonly memoryClassesMB: readonly MemoryClassMB[];
  readonly report: Report;
}

/** midstate's own processes on top of a stack: poller, workflow worker, hash workers. Each is restarted when it dies. */
export interface Pipeline {
  readonly poller: SupervisedProcess;
  readonly workflowWorker: SupervisedProcess;
  readonly hashWorkers: ReadonlyMap<MemoryClassMB, SupervisedProcess>;
  /** Where the hash worker of a class counts what it reads. */
  readLedgerOf(memoryMB: MemoryClassMB): string;
  /** Poller first, so that nothing new comes in; then the workers, which hand on what they have. */
  stop(): Promise<void>;
}

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

/** Starts the processes, as a user would: each is a `midstate` command. */
export function startPipeline(options: PipelineOptions): Pipeline {
  const start = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    superviseNode({
      name,
      command: MIDSTATE,
      args,
      env: { ...options.env, ...env },
      logFile: join(options.dataDir, 'logs', `${name}.log`),
      report: options.report,
    });
  const readLedgerOf = (memoryMB: MemoryClassMB) =>
    join(options.dataDir, 'ledgers', `worker-${String(memoryMB)}`);
  const workflowWorker = start('worker-workflows', ['worker', '--workflows']);
  const hashWorkers = new Map(
    options.memoryClassesMB.map((memoryMB) => [
      memoryMB,
      start(`worker-${String(memoryMB)}`, ['worker', '--memory-class', String(memoryMB)], {
        MIDSTATE_READ_LEDGER: readLedgerOf(memoryMB),
      }),
    ]),
  );
  const poller = start('poller', ['poller']);
  return {
    poller,
    workflowWorker,
    hashWorkers,
    readLedgerOf,
    stop: async () => {
      await poller.stop();
      await Promise.all([...hashWorkers.values()].map((worker) => worker.stop()));
      await workflowWorker.stop();
    },
  };
}
