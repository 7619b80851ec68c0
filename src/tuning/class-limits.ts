import { memoryClass, type MemoryClassMB } from '../core/memory-classes.js';
import { Confinement, type ConfinementLimits } from '../local/process/confinement.js';

/** Memory and CPU as the class's container has them. */
export function limitsOf(memoryMB: MemoryClassMB): ConfinementLimits {
  return { memoryBytes: memoryMB * 1_000_000, cpuShare: memoryClass(memoryMB).cpuShare };
}

/** What holds the processes of one cell, and counts what they use; nothing does where there are no control groups. */
export class ClassLimits {
  /** A group that a killed run left behind has counted before. */
  readonly #killsBefore: number;

  private constructor(private readonly confinement: Confinement | undefined) {
    this.#killsBefore = confinement?.usage().oomKills ?? 0;
  }

  /** @param name of the control group; undefined: nothing is held */
  static create(name: string | undefined, memoryMB: MemoryClassMB): ClassLimits {
    return new ClassLimits(name === undefined ? undefined : Confinement.create(name, limitsOf(memoryMB)));
  }

  /** The command, so that it runs in here from its first instruction on. */
  wrap(command: string, args: readonly string[]): { command: string; args: string[] } {
    const [first = command, ...rest] = [...(this.confinement?.prefix ?? []), command, ...args];
    return { command: first, args: rest };
  }

  /** Begins the peak anew; where the kernel cannot, it is that of the group's life. */
  resetPeak(): void {
    try {
      this.confinement?.resetPeak();
    } catch {
      // Version 2 before Linux 6.12.
    }
  }

  usage(): { readonly cpuSeconds: number; readonly peakBytes: number } | undefined {
    return this.confinement?.usage();
  }

  /** Why a process in here may have ended. */
  get wasKilled(): boolean {
    return (this.confinement?.usage().oomKills ?? 0) > this.#killsBefore;
  }

  async remove(): Promise<void> {
    await this.confinement?.remove();
  }
}
