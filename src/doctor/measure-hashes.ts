import { createHash, getHashes } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../core/algorithms.js';
import type { HashEngine } from '../core/ports.js';
import { nativeEngine, portableEngine } from '../hashing/index.js';
import type { HashSpeed } from './doctor-report.js';

/** What a read fills at once, give or take. */
const BUFFER_BYTES = 1 << 18;
const BUFFER = Buffer.alloc(BUFFER_BYTES, 'midstate doctor ');

/** Measures every algorithm on each implementation that has it: `sizeBytes` hashed once, about 2 s for 64 MB. */
export async function measureHashes(sizeBytes = 64 << 20): Promise<HashSpeed[]> {
  const rounds = Math.ceil(sizeBytes / BUFFER_BYTES);
  const native = nativeEngine().engine;
  const speeds: HashSpeed[] = [];
  for (const algorithm of ALGORITHMS) {
    speeds.push({
      algorithm,
      ...(native === undefined ? {} : { native: await engineSpeed(native, algorithm, rounds) }),
      portable: await engineSpeed(portableEngine, algorithm, rounds),
      ...(getHashes().includes(algorithm) ? { nodeCrypto: nodeSpeed(algorithm, rounds) } : {}),
    });
  }
  return speeds;
}

async function engineSpeed(engine: HashEngine, algorithm: Algorithm, rounds: number): Promise<number> {
  const hasher = await engine.createHasher([algorithm]);
  return speedOf(rounds, () => {
    hasher.update(BUFFER);
  });
}

function nodeSpeed(algorithm: Algorithm, rounds: number): number {
  const hash = createHash(algorithm);
  return speedOf(rounds, () => hash.update(BUFFER));
}

/** By the process's CPU time: other work on the machine changes it little. One round warms up. */
function speedOf(rounds: number, hashBuffer: () => unknown): number {
  hashBuffer();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) hashBuffer();
  const { user, system } = process.cpuUsage(before);
  return Math.round((rounds * BUFFER_BYTES) / Math.max(1, user + system));
}
