import { ALGORITHMS, type Algorithm } from '../core/algorithms.js';
import type { HashEngine } from '../core/ports.js';
import { portableEngine } from './portable-engine.js';

/**
 * Chooses the engine to hash with, self-tested for `algorithms` (about 20 ms for all of them; ask once a process).
 * @throws MidstateError MidstateIncompatible when the self-test fails, not retried
 */
export async function selectEngine(algorithms: readonly Algorithm[] = ALGORITHMS): Promise<HashEngine> {
  await portableEngine.createHasher(algorithms);
  return portableEngine;
}
