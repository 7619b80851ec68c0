import { MidstateError } from '../../src/core/failures.js';
import { RUNTIME_GLIBC, type Architecture } from './build-targets.js';

/**
 * Checks that a native module can be loaded in Lambda's runtime on that architecture.
 * @throws MidstateError InvalidInput when it is for another processor, or needs a newer C library
 */
export function checkBinary(name: string, bytes: Buffer, architecture: Architecture): void {
  const machine = bytes.readUInt16LE(ELF_MACHINE_AT);
  if (machine !== ELF_MACHINES[architecture]) {
    throw new MidstateError('InvalidInput', `sam build: ${name} is for another processor; look at CC`, {
      facts: { expected: `ELF machine ${String(ELF_MACHINES[architecture])}`, actual: String(machine) },
    });
  }
  const needed = newestGlibc(bytes.toString('latin1'));
  if (needed === undefined || compareVersions(needed, RUNTIME_GLIBC) <= 0) return;
  throw new MidstateError(
    'InvalidInput',
    `sam build: ${name} would not load in Lambda: it was linked against a newer C library; build on Amazon Linux 2023, or with CC='zig cc -target …-linux-gnu.${RUNTIME_GLIBC}'`,
    { facts: { expected: `glibc ${RUNTIME_GLIBC} or older`, actual: `glibc ${needed}` } },
  );
}

/** Where the header of an ELF file names the machine, and the machines' numbers. Source: elf(5). */
const ELF_MACHINE_AT = 18;
const ELF_MACHINES: Readonly<Record<Architecture, number>> = { arm64: 183, x86_64: 62 };

/** The newest version of glibc that a binary names, e.g. `2.34`; undefined where it names none. */
export function newestGlibc(binary: string): string | undefined {
  const versions = [...binary.matchAll(/GLIBC_(\d+\.\d+(?:\.\d+)?)/g)].flatMap(
    ([, version]) => version ?? [],
  );
  return versions.sort(compareVersions).at(-1);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
