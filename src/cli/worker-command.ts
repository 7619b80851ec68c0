import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { MEMORY_CLASSES_MB, type MemoryClassMB } from '../core/memory-classes.js';
import { runWorker } from '../worker/run-worker.js';
import { parseMemoryClass } from './parse-memory-class.js';

interface WorkerOptions {
  readonly memoryClass?: MemoryClassMB;
  readonly workflows?: boolean;
  readonly chunkSizeBytes?: string;
  readonly connections?: string;
}

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .description('hash objects on the task queue of a memory class, or run workflows; until Ctrl-C')
    .option('--memory-class <MB>', `worker size: ${MEMORY_CLASSES_MB.join(', ')}`, parseMemoryClass)
    .option('--workflows', 'run workflows and the short activities')
    .option('--chunk-size-bytes <bytes>', 'bytes of one ranged GET, a multiple of 128 (default: by class)')
    .option('--connections <n>', 'GETs of one object under way at once (default: by class)')
    .addHelpText('after', '\nExample:\n  midstate worker --memory-class 512\n  midstate worker --workflows')
    .action(async (options: WorkerOptions) => {
      if (options.memoryClass === undefined && options.workflows !== true) {
        throw new MidstateError(
          'InvalidInput',
          'worker: expected --memory-class <MB>, --workflows, or both; got neither',
        );
      }
      const config = loadConfig({
        chunkSizeBytes: options.chunkSizeBytes,
        connections: options.connections,
      });
      await runWorker(config, { memoryMB: options.memoryClass, workflows: options.workflows === true });
    });
}
