// Runs a command in a control group with the memory and CPU of a class, and tells at its end what it used:
//
//     node scripts/confine.mjs 128 -- bin/midstate worker --memory-class 128
//
// Needs root, and `npm run setup` before.
import { spawn } from 'node:child_process';
import { Confinement } from '../dist/src/local/process/confinement.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, memoryClass } from '../dist/src/core/memory-classes.js';

const [memory, dashes, ...command] = process.argv.slice(2);
const memoryMB = Number(memory);
if (!isMemoryClassMB(memoryMB) || dashes !== '--' || command.length === 0) {
  console.error(`usage: node scripts/confine.mjs ${MEMORY_CLASSES_MB.join('|')} -- COMMAND [ARGUMENT…]`);
  process.exit(2);
}

const confinement = Confinement.create(`midstate-confined-${process.pid}`, {
  memoryBytes: memoryMB * 1_000_000,
  cpuShare: memoryClass(memoryMB).cpuShare,
});
const [shell, ...words] = confinement.prefix;
const child = spawn(shell, [...words, ...command], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', async (code, signal) => {
  const { peakBytes, workingSetBytes, cpuSeconds, oomKills } = confinement.usage();
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.error(
    `confined to ${memoryMB} MB: peak ${megabytes(peakBytes)}, at the end ${megabytes(workingSetBytes)}, ` +
      `${cpuSeconds.toFixed(2)} CPU-seconds, ${oomKills} killed`,
  );
  await confinement.remove();
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
