import type { Algorithm } from '../core/algorithms.js';
import type { NativeHash } from '../native/native-addon.js';

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

/** How the hashes of one hasher work together. */
export interface JoinedHashes {
  /** One update for all of them that is faster than one after the other; default: one after the other. */
  readonly updateAll?: UpdateAll | undefined;
  /** Present where native code can feed them. */
  readonly native?: NativeHashes | undefined;
}

/** The hashes as the addon has them. */
export interface NativeHashes {
  readonly hashes: readonly NativeHash[];
  readonly threads: number;
}

export type JoinHashes = (hashes: readonly ResumableHash[]) => JoinedHashes;
