/** What activities need from the outside. Adapters implement these; fakes in tests pass the same contract tests. */
import type { Algorithm } from './algorithms.js';
import type { Midstate, ObjectDescription, ObjectRef } from './contracts.js';
import type { ByteRange } from './ranges.js';

/** Hashes a stream of bytes with several algorithms at once, resumable at aligned positions. */
export interface RangeHasher {
  /** Position of the newest midstate: aligned for every algorithm; bytes after it (fewer than the alignment) are held back. */
  readonly bytesHashed: number;
  /** Hashes `bytes` before it returns; the caller may reuse the buffer at once. */
  update(bytes: Uint8Array): void;
  /** Canonical midstates at `bytesHashed`, in the order of the algorithms given. */
  midstates(): Midstate[];
  /** Final digests of all bytes given, lower-case hex. Ends the hasher: no call may follow. */
  digests(): Partial<Record<Algorithm, string>>;
}

/** An implementation of the hash functions. */
export interface HashEngine {
  readonly name: string;
  /**
   * @param from midstates to go on from: one for each algorithm, all at the same position
   * @throws MidstateError MidstateIncompatible when a midstate is malformed, of another format, or of another position
   */
  createHasher(algorithms: readonly Algorithm[], from?: readonly Midstate[]): Promise<RangeHasher>;
}

export interface ReadRequest extends ByteRange {
  readonly object: ObjectRef;
  readonly signal: AbortSignal;
}

export interface ChunksRequest {
  readonly object: ObjectRef;
  /** Adjoining, in order; each is one GET. */
  readonly chunks: Iterable<ByteRange>;
  readonly signal: AbortSignal;
  /** Once true nothing more is asked for; the read ends when what was asked for is delivered. */
  readonly shouldStop?: () => boolean;
}

/** Where the bytes of a read go. */
export interface ByteSink {
  /** Takes the bytes, in order, each exactly once; the buffer is only valid during the call. */
  onBytes(bytes: Uint8Array): void;
  /** Told of bytes when they are taken from the store: before they are delivered, and also if they never are. */
  onReceived?(byteCount: number): void;
}

/** Reads bytes of one object version; every request is pinned to the version id, or to the ETag by `If-Match`. */
export interface RangeReader {
  /**
   * Calls `onBytes` with the range's bytes, in order, each exactly once; the buffer is only valid during the call.
   * Transient faults are retried from the byte where they struck.
   * @throws MidstateError ObjectChanged, ObjectGone, AccessDenied, KmsDenied, Archived (not retried); StoreUnavailable (retried)
   */
  read(request: ReadRequest, onBytes: (bytes: Uint8Array) => void): Promise<void>;
  /**
   * Reads chunk after chunk as `read` does, and may ask for chunks, and take them, ahead of their turn.
   * Resolves `stopped` when `shouldStop` left chunks undelivered.
   * @throws MidstateError as `read`
   */
  readChunks(request: ChunksRequest, sink: ByteSink): Promise<'whole' | 'stopped'>;
}

export interface SidecarWrite {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  /** The object it belongs to, kept as metadata so that a sidecar never gets a sidecar. */
  readonly of: ObjectRef;
  /** ETag of the sidecar to replace; without it the key must be free. */
  readonly replacesEtag?: string;
}

/** The object store, less reading. */
export interface ObjectStore {
  /**
   * Describes the version that `object` names, or the current one.
   * @throws MidstateError ObjectGone, ObjectChanged (`etag` given and not the one found), AccessDenied, BucketNotFound
   */
  describe(object: Pick<ObjectRef, 'bucket' | 'key'> & Partial<ObjectRef>): Promise<ObjectDescription>;
  /**
   * Lists the sizes of the parts that the version was uploaded in, in order; undefined where the server cannot tell.
   * @param parts how many there are, as its ETag or composite checksum has it
   * @throws MidstateError ObjectGone, ObjectChanged, AccessDenied
   */
  listPartSizes(object: ObjectRef, parts: number): Promise<readonly number[] | undefined>;
  readTags(object: ObjectRef): Promise<Record<string, string>>;
  /** Replaces all tags of the version, or of the current object where there are no versions. */
  writeTags(object: ObjectRef, tags: Record<string, string>): Promise<void>;
  /** @throws MidstateError ObjectChanged when the key holds something else than `replacesEtag` says */
  writeSidecar(sidecar: SidecarWrite): Promise<void>;
}

/** Counts the bytes a worker takes from S3, where a kill cannot erase the count. */
export interface ReadMeter {
  add(byteCount: number): void;
}

/** A message as the queue delivers it. */
export interface QueueMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  /** When it was sent, in ms since the epoch; undefined where the queue does not tell. */
  readonly sentAtMs?: number;
}

export interface MessageQueue {
  /**
   * Waits up to 20 s for at most ten messages; resolves empty when `signal` aborts.
   * @throws MidstateError QueueNotFound, AccessDenied (not retried); StoreUnavailable (retried)
   */
  receive(signal: AbortSignal): Promise<QueueMessage[]>;
  delete(message: QueueMessage): Promise<void>;
  /** Makes the message visible again after `delaySeconds`. */
  release(message: QueueMessage, delaySeconds: number): Promise<void>;
}

/** The Temporal server's task queues. */
export interface TaskQueues {
  /** When a worker last asked the queue for activities; undefined when none has in the last minutes. */
  lastPolledAtMs(taskQueue: string): Promise<number | undefined>;
}
