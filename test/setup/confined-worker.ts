import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { memoryClass, type MemoryClassMB } from '../../src/core/memory-classes.js';
import { Confinement, type ConfinementLimits } from '../../src/local/process/confinement.js';
import { sampleReads, type ReadSamples } from '../../src/demo/read-samples.js';
import { eventually } from './eventually.js';
import { RunningCommand, userEnvironment } from './midstate-cli.js';
import { theStack } from './the-stack.js';

export interface ConfinedOptions {
  readonly memoryMB: MemoryClassMB;
  readonly taskQueuePrefix: string;
  /** Default: memory and CPU share of the class. */
  readonly limits?: ConfinementLimits;
  readonly env?: Readonly<Record<string, string>>;
}

/** The limits that a container of the class has. */
export function limitsOf(memoryMB: MemoryClassMB): ConfinementLimits {
  return { memoryBytes: memoryMB * 1_000_000, cpuShare: memoryClass(memoryMB).cpuShare };
}

/** `midstate worker --memory-class N` in a control group, as it would run in its container. */
export class ConfinedWorker {
  private constructor(
    readonly command: RunningCommand,
    readonly confinement: Confinement,
    /** What it has read, whatever becomes of it. */
    readonly reads: ReadSamples,
  ) {}

  static start({ memoryMB, taskQueuePrefix, limits, env = {} }: ConfinedOptions): ConfinedWorker {
    const name = `midstate-test-${randomUUID()}`;
    const confinement = Confinement.create(name, limits ?? limitsOf(memoryMB));
    const folder = join(theStack().scratchDir, name);
    const ledger = join(folder, 'ledger');
    const command = new RunningCommand(
      ['worker', '--memory-class', String(memoryMB)],
      userEnvironment({
        MIDSTATE_TASK_QUEUE_PREFIX: taskQueuePrefix,
        MIDSTATE_READ_LEDGER: ledger,
        ...env,
      }),
      join(folder, 'log'),
      confinement.prefix,
    );
    return new ConfinedWorker(command, confinement, sampleReads(ledger));
  }

  /** @throws Error with its log when it has ended */
  mustRun(): void {
    if (!this.command.isRunning) throw new Error(`the worker ended: ${this.command.log()}`);
  }

  /** Resolves when its log says so. */
  async says(text: string): Promise<void> {
    await eventually(
      () => {
        this.mustRun();
        return this.command.log().includes(text);
      },
      { what: `"${text}" in the worker's log` },
    );
  }

  async stop(): Promise<void> {
    await this.command.stop();
    this.reads.dispose();
    await this.confinement.remove();
  }
}
