import type { Algorithm } from '../core/algorithms.js';
import { MidstateError } from '../core/failures.js';

/**
 * Returns `saved`, what hash-wasm's `save()` gave, if it has the size this adapter was written for.
 * @throws MidstateError MidstateIncompatible, not retried
 */
export function checkSavedSize(algorithm: Algorithm, saved: Uint8Array, expectedBytes: number): Uint8Array {
  if (saved.length === expectedBytes) return saved;
  throw layoutChanged(
    algorithm,
    `expected saved states of ${String(expectedBytes)} bytes, got ${String(saved.length)}`,
  );
}

/** The failure of an engine whose states are not what its adapter was written for; never retried. */
export function layoutChanged(algorithm: Algorithm, finding: string): MidstateError {
  return new MidstateError(
    'MidstateIncompatible',
    `hash engine, ${algorithm}: ${finding}: its library's state layout has changed; install the versions pinned in package-lock.json, and build again`,
  );
}
