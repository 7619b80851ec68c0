import { ALGORITHMS, type Algorithm } from '../core/algorithms.js';
import type { EngineName } from '../core/engine-names.js';
import type { HashEngine } from '../core/ports.js';
import { threadedNativeEngine } from './native-engine.js';
import { portableEngine } from './portable-engine.js';

export interface EngineChoice {
  /** Default: native. Where it is not built, or fails its self-test, the portable one is taken. */
  readonly prefer?: EngineName;
  /** Default: all. */
  readonly algorithms?: readonly Algorithm[];
  /** Threads that the native engine may use for several algorithms of one read. Default: 1. */
  readonly threads?: number;
  /** Called, at most once, with the reason why the portable engine is taken in the native one's place. */
  readonly onFallback?: (reason: string) => void;
}

/**
 * Chooses the engine to hash with, self-tested (up to 20 ms for all algorithms; ask once a process).
 * @throws MidstateError MidstateIncompatible when the self-test of the portable engine fails, not retried
 */
export async function selectEngine(choice: EngineChoice = {}): Promise<HashEngine> {
  const algorithms = choice.algorithms ?? ALGORITHMS;
  if (choice.prefer !== 'portable') {
    const native = await provenNativeEngine(algorithms, choice.threads ?? 1);
    if (typeof native !== 'string') return native;
    choice.onFallback?.(native);
  }
  await portableEngine.createHasher(algorithms);
  return portableEngine;
}

/** The native engine, or why it cannot be used. */
async function provenNativeEngine(
  algorithms: readonly Algorithm[],
  threads: number,
): Promise<HashEngine | string> {
  const native = threadedNativeEngine(threads);
  if (native.engine === undefined) return native.reason;
  try {
    await native.engine.createHasher(algorithms);
    return native.engine;
  } catch (error) {
    return `self-test failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
