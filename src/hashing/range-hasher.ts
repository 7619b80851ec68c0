import { checkpointAlignmentBytes, type Algorithm } from '../core/algorithms.js';
import type { Midstate } from '../core/contracts.js';
import { MidstateError } from '../core/failures.js';
import type { NativeHashing, RangeHasher } from '../core/ports.js';
import type { JoinedHashes, NativeHashes, ResumableHash, UpdateAll } from './resumable-hash.js';

/**
 * Joins resumable hashes, whoever implements them, into one `RangeHasher`. It holds back the bytes behind the
 * last aligned position (at most 1,023), so that every hash always stands where it has a midstate; all other
 * bytes are passed on where they lie, uncopied.
 * @param hashes one for each of `algorithms`, in that order, all standing at `startByte`
 * @param joined how `hashes` work together; default: they are updated one after the other
 */
export function createRangeHasher(
  algorithms: readonly Algorithm[],
  hashes: readonly ResumableHash[],
  startByte: number,
  joined: JoinedHashes = {},
): RangeHasher {
  return new AlignedRangeHasher(algorithms, hashes, startByte, joined);
}

class AlignedRangeHasher implements RangeHasher {
  readonly native: NativeHashing | undefined;
  readonly #algorithms: readonly Algorithm[];
  readonly #hashes: readonly ResumableHash[];
  readonly #updateAll: UpdateAll;
  readonly #tail: Uint8Array;
  #tailBytes = 0;
  #bytesHashed: number;
  #ended = false;

  constructor(
    algorithms: readonly Algorithm[],
    hashes: readonly ResumableHash[],
    startByte: number,
    { updateAll, native }: JoinedHashes,
  ) {
    this.#algorithms = algorithms;
    this.#hashes = hashes;
    this.#updateAll = updateAll ?? updateEach(hashes);
    this.native = native === undefined ? undefined : this.#nativeHashing(native);
    this.#tail = new Uint8Array(checkpointAlignmentBytes(algorithms));
    this.#bytesHashed = startByte;
  }

  get bytesHashed(): number {
    return this.#bytesHashed;
  }

  update(bytes: Uint8Array): void {
    this.#assertOpen();
    const taken = this.#tailBytes === 0 ? 0 : this.#fillTail(bytes);
    if (taken === bytes.length) return;
    const end = bytes.length - ((bytes.length - taken) % this.#tail.length);
    if (end > taken) this.#feed(bytes.subarray(taken, end));
    this.#tailBytes = bytes.length - end;
    if (this.#tailBytes > 0) this.#tail.set(bytes.subarray(end));
  }

  midstates(): Midstate[] {
    this.#assertOpen();
    return this.#hashes.map((hash, index) => ({
      format: 1,
      algorithm: this.#algorithms[index] as Algorithm,
      bytesHashed: this.#bytesHashed,
      state: Buffer.from(hash.state(this.#bytesHashed)).toString('base64'),
    }));
  }

  digests(): Partial<Record<Algorithm, string>> {
    this.#assertOpen();
    this.#ended = true;
    const tail = this.#tail.subarray(0, this.#tailBytes);
    const digests: Partial<Record<Algorithm, string>> = {};
    this.#hashes.forEach((hash, index) => {
      if (tail.length > 0) hash.update(tail);
      digests[this.#algorithms[index] as Algorithm] = hash.digest();
    });
    return digests;
  }

  #nativeHashing({ hashes, threads }: NativeHashes): NativeHashing {
    const heldBack = () => this.#tail.subarray(0, this.#tailBytes);
    return {
      hashes,
      threads,
      alignmentBytes: checkpointAlignmentBytes(this.#algorithms),
      get heldBack() {
        return heldBack();
      },
      advance: (hashedBytes, rest) => {
        this.#bytesHashed += hashedBytes;
        this.#tail.set(rest);
        this.#tailBytes = rest.length;
      },
    };
  }

  /** Adds to the tail what it has room for, and passes it on once full; returns the bytes taken. */
  #fillTail(bytes: Uint8Array): number {
    const taken = Math.min(this.#tail.length - this.#tailBytes, bytes.length);
    this.#tail.set(bytes.subarray(0, taken), this.#tailBytes);
    this.#tailBytes += taken;
    if (this.#tailBytes === this.#tail.length) {
      this.#feed(this.#tail);
      this.#tailBytes = 0;
    }
    return taken;
  }

  #feed(bytes: Uint8Array): void {
    this.#updateAll(bytes);
    this.#bytesHashed += bytes.length;
  }

  #assertOpen(): void {
    if (!this.#ended) return;
    throw new MidstateError(
      'InvalidInput',
      'range hasher: expected no call after digests(); create another one',
    );
  }
}

function updateEach(hashes: readonly ResumableHash[]): UpdateAll {
  return (bytes) => {
    for (const hash of hashes) hash.update(bytes);
  };
}
