import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MidstateError } from '../core/failures.js';
import type { WorkerSetup } from './cell.js';
import { ClassWorker } from './class-worker.js';
import type { Holder } from './holders/holder.js';
import { measurePython } from './measure-cell.js';
import type { TuneStage } from './tune-stage.js';
import type { WorkerHost } from './worker-host.js';

export interface LocalHostOptions {
  readonly holder: Holder;
  /** Interpreter that has boto3. */
  readonly python: string | undefined;
  readonly stateFile: string;
}

/** Workers are processes on this machine, each in limits of its own. */
export function createLocalHost({ holder, python, stateFile }: LocalHostOptions): WorkerHost {
  // The same for the same state: limits that a killed run left behind are used again.
  const name = `midstate-tune-${createHash('sha256').update(stateFile).digest('hex').slice(0, 12)}`;
  return {
    conditions: () => ({ confinement: holder.name }),
    approve: () => Promise.resolve(),
    prepare: () => Promise.resolve(),
    async start({ workerEnv, logDir }: TuneStage, setup: WorkerSetup) {
      const { memoryMB } = setup;
      const limits = await holder.hold(name, memoryMB);
      const logFile = join(logDir, `worker-${String(memoryMB)}.log`);
      return ClassWorker.start({ setup, env: workerEnv, logFile, limits });
    },
    async measurePython(stage, cell, object) {
      if (python === undefined) throw new MidstateError('WorkerShutdown', 'there is no Python with boto3');
      const limits = await holder.hold(`${name}-python`, cell.memoryMB);
      return await measurePython(stage, python, cell, object, limits);
    },
    close: () => Promise.resolve(),
  };
}
