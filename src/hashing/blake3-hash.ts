import { createBLAKE3 } from 'hash-wasm';
import { MidstateError } from '../core/failures.js';
import { checkSavedSize, layoutChanged } from './saved-layout.js';
import type { HashPosition, ResumableHash } from './resumable-hash.js';

const CHUNK_BYTES = 1024;
const CHAINING_VALUE_BYTES = 32;

/**
 * hash-wasm 4.13's `save()` for BLAKE3: four bytes of build tag, then `blake3_hasher` of its `src/blake3.c`:
 * key, chunk state (chaining value, chunk counter, block, lengths, flags), number of stack entries, stack.
 */
const SAVED_SIZE_BYTES = 1916;
const CHUNK_COUNTER_AT = 68;
const STACK_LENGTH_AT = 148;
const STACK_AT = 149;

const ONE_BYTE = new Uint8Array(1);

/**
 * Bytes of the canonical state: one chaining value for each complete subtree, which is for each one-bit in the
 * number of chunks; but two, its halves, where a single subtree would span everything (two chunks or more).
 */
export function blake3StateSizeBytes(bytesHashed: number): number {
  return (countSubtrees(bytesHashed) + (spansOneSubtree(bytesHashed) ? 1 : 0)) * CHAINING_VALUE_BYTES;
}

/**
 * Creates a BLAKE3 hash (32-byte digest, no key).
 * @throws MidstateError MidstateIncompatible when the installed hash-wasm saves states of another size; not retried
 */
export async function createBlake3Hash(from?: HashPosition): Promise<ResumableHash> {
  const hasher = await createBLAKE3();
  const fresh = checkSavedSize('blake3', hasher.save(), SAVED_SIZE_BYTES);
  if (from !== undefined) hasher.load(intoSaved(fresh, from));
  let rootBlockMissing = from?.bytesHashed === CHUNK_BYTES;
  return {
    update(bytes) {
      if (bytes.length > 0) rootBlockMissing = false;
      hasher.update(bytes);
    },
    state(bytesHashed) {
      const saved = hasher.save();
      const left = spansOneSubtree(bytesHashed) ? shiftStack(saved) : new Uint8Array(0);
      // One more byte makes hash-wasm close its last chunk and merge what can be merged; then everything is put back.
      const before = hasher.save();
      const merged = stackOf(hasher.load(saved).update(ONE_BYTE).save());
      hasher.load(before);
      return checkState(bytesHashed, Buffer.concat([left, merged]));
    },
    digest() {
      if (rootBlockMissing) throw new MidstateError('MidstateIncompatible', NO_ROOT);
      return hasher.digest();
    },
  };
}

const NO_ROOT =
  'midstate of blake3 at 1024 bytes: expected more bytes after it, got none; the digest of a single chunk needs ' +
  "the chunk's last block, which a midstate does not hold: hash the object from its start";

/** Takes the left half out of a stack that spans everything, so that merging stops at the right half. */
function shiftStack(saved: Uint8Array): Uint8Array {
  const left = saved.slice(STACK_AT, STACK_AT + CHAINING_VALUE_BYTES);
  saved.copyWithin(STACK_AT, STACK_AT + CHAINING_VALUE_BYTES);
  saved[STACK_LENGTH_AT] = (saved[STACK_LENGTH_AT] ?? 0) - 1;
  return left;
}

function stackOf(saved: Uint8Array): Uint8Array {
  return saved.subarray(STACK_AT, STACK_AT + (saved[STACK_LENGTH_AT] ?? 0) * CHAINING_VALUE_BYTES);
}

function intoSaved(saved: Uint8Array, from: HashPosition): Uint8Array {
  new DataView(saved.buffer).setBigUint64(CHUNK_COUNTER_AT, BigInt(from.bytesHashed / CHUNK_BYTES), true);
  saved[STACK_LENGTH_AT] = from.state.length / CHAINING_VALUE_BYTES;
  saved.set(from.state, STACK_AT);
  return saved;
}

function checkState(bytesHashed: number, state: Uint8Array): Uint8Array {
  const expectedBytes = blake3StateSizeBytes(bytesHashed);
  if (state.length === expectedBytes) return state;
  throw layoutChanged(
    'blake3',
    `expected a state of ${String(expectedBytes)} bytes, got ${String(state.length)}`,
  );
}

function spansOneSubtree(bytesHashed: number): boolean {
  return bytesHashed > CHUNK_BYTES && countSubtrees(bytesHashed) === 1;
}

/** One-bits of the number of chunks; by text, since the number may exceed 32 bits. */
function countSubtrees(bytesHashed: number): number {
  return (bytesHashed / CHUNK_BYTES).toString(2).replaceAll('0', '').length;
}
