import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatListenAddress, parseListenAddress } from '../core/listen-address.js';
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
  /** Where each process serves its metrics, by name; empty unless they are asked for. */
  readonly metricsAddresses: ReadonlyMap<string, string>;
  /** Poller first, so that nothing new comes in; then the workers, which hand on what they have. */
  stop(): Promise<void>;
}

const MIDSTATE = fileURLToPath(new URL('../../../bin/midstate', import.meta.url));

/** Starts the processes, as a user would: each is a `midstate` command. */
export function startPipeline(options: PipelineOptions): Pipeline {
  const metricsAddresses = new Map<string, string>();
  const start = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const metricsAddress = nthAddress(options.env['MIDSTATE_METRICS_ADDRESS'], metricsAddresses.size);
    if (metricsAddress !== undefined) metricsAddresses.set(name, metricsAddress);
    return superviseNode({
      name,
      command: MIDSTATE,
      args,
      env: { ...options.env, ...env, MIDSTATE_METRICS_ADDRESS: metricsAddress },
      logFile: join(options.dataDir, 'logs', `${name}.log`),
      report: options.report,
    });
  };
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
    metricsAddresses,
    stop: async () => {
      await poller.stop();
      await Promise.all([...hashWorkers.values()].map((worker) => worker.stop()));
      await workflowWorker.stop();
    },
  };
}

/** Each process has a port of its own: the one asked for, and those that follow it. */
function nthAddress(first: string | undefined, index: number): string | undefined {
  if (first === undefined || first === '') return undefined;
  const { host, port } = parseListenAddress(first);
  return formatListenAddress({ host, port: port === 0 ? 0 : port + index });
}
