import type { Algorithm } from '../core/algorithms.js';

/** Where a hash goes on from: its canonical state (docs/midstate-format.md) and the bytes that led to it. */
export interface HashPosition {
  readonly bytesHashed: number;
  readonly state: Uint8Array;
}

/** One hash that can be saved and taken up again; what an engine supplies for each algorithm. */
export interface ResumableHash {
  /** Hashes `bytes`, any number of them, before it returns. */
  update(bytes: Uint8Array): void;
  /**
   * Canonical state after `bytesHashed` bytes; leaves the hash as it was.
   * @param bytesHashed all bytes given so far, with those before `from`: a multiple of the algorithm's block size
   */
  state(bytesHashed: number): Uint8Array;
  /**
   * Digest of all bytes given, lower-case hex; ends the hash.
   * @throws MidstateError MidstateIncompatible for blake3 taken up after 1,024 bytes with none following; not retried
   */
  digest(): string;
}

/** Creates a hash at its initial state, or at `from`, which has been validated by `parseMidstates`. */
export type CreateResumableHash = (algorithm: Algorithm, from?: HashPosition) => Promise<ResumableHash>;

/** Gives the same bytes to several hashes before it returns. */
export type UpdateAll = (bytes: Uint8Array) => void;

/** Joins hashes into one update that is faster than one after the other; undefined where it would not be. */
export type JoinUpdates = (hashes: readonly ResumableHash[]) => UpdateAll | undefined;
