/** What activities need from the outside. Adapters implement these; fakes in tests pass the same contract tests. */
import type { Algorithm } from './algorithms.js';
import type { HashObjectInput, Midstate, ObjectDescription, ObjectRef } from './contracts.js';
import type { ByteRange } from './ranges.js';
import type { RestoreTier } from './restore.js';

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
  /** Present where the bytes can be hashed by native code alone, away from the event loop. */
  readonly native?: NativeHashing | undefined;
}

/** A hasher's insides, for native code that takes bytes in its place. */
export interface NativeHashing {
  /** Handles of the addon, all at the hasher's `bytesHashed`. */
  readonly hashes: readonly object[];
  /** Threads that they may use together. */
  readonly threads: number;
  /** Positions at which every hash has a midstate are multiples of it. */
  readonly alignmentBytes: number;
  /** Bytes given that no hash has taken yet; fewer than the alignment. */
  readonly heldBack: Uint8Array;
  /** To be called when the hashes have taken `hashedBytes`, a multiple of the alignment, and these are held back now. */
  advance(hashedBytes: number, heldBack: Uint8Array): void;
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
  /** Told of bytes when they are taken from the store: also if they are never delivered; of those that a `hasher` was fed, afterwards. */
  onReceived?(byteCount: number): void;
  /** What `onBytes` gives all bytes to, if it does nothing else with them: a reader may feed it itself. */
  readonly hasher?: RangeHasher;
  /** Asked again and again: how soon to be told of bytes that `hasher` was fed. Default: 200 ms. */
  reportWithinMs?(): number;
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
   * Describes a version by the request that reads it. Its bytes are under way: the store's `RangeReader` takes them up
   * when it is asked for all of the object described, that very value; what nobody reads is to be closed.
   * @throws MidstateError as `describe`; KmsDenied; StoreUnavailable
   */
  open(
    object: Pick<ObjectRef, 'bucket' | 'key'> & Partial<ObjectRef>,
    signal: AbortSignal,
  ): Promise<OpenedObject>;
  /**
   * Lists the sizes of the parts that the version was uploaded in, in order; undefined where the server cannot tell.
   * @param parts how many there are, as its ETag or composite checksum has it
   * @throws MidstateError ObjectGone, ObjectChanged, AccessDenied
   */
  listPartSizes(object: ObjectRef, parts: number): Promise<readonly number[] | undefined>;
  readTags(object: ObjectRef): Promise<Record<string, string>>;
  /** Replaces all tags of the version, or of the current object where there are no versions. */
  writeTags(object: ObjectRef, tags: Record<string, string>): Promise<void>;
  /**
   * Asks for a copy of an archived version, for so many days; one that was asked for already is no error.
   * @param days absent for Intelligent-Tiering, whose objects stay restored
   * @throws MidstateError ObjectGone, AccessDenied, Archived (the tier has no capacity now, or is not offered)
   */
  requestRestore(object: RestoreWanted, tier: RestoreTier, days?: number): Promise<void>;
  /** @throws MidstateError ObjectChanged when the key holds something else than `replacesEtag` says */
  writeSidecar(sidecar: SidecarWrite): Promise<void>;
}

/** An object whose bytes are under way. */
export interface OpenedObject {
  readonly description: ObjectDescription;
  /** Gives up the bytes, if nobody has taken them. */
  readonly close: () => void;
}

/** The version to restore. */
export type RestoreWanted = Pick<ObjectRef, 'bucket' | 'key' | 'versionId'>;

/** Digests that an earlier job left with the object. */
export interface Remembered {
  readonly digests: Partial<Record<Algorithm, string>>;
  readonly where: 'tags' | 'sidecar';
}

/** Reads what an earlier job published for exactly this version. */
export interface DigestMemory {
  /**
   * The digests of every algorithm asked for; undefined when one is missing, or belongs to another version.
   * @throws MidstateError AccessDenied (not retried); StoreUnavailable (retried)
   */
  read(object: HashObjectInput['object'], algorithms: readonly Algorithm[]): Promise<Remembered | undefined>;
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
  /** When it was put into the queue, in milliseconds since 1970; absent where the queue does not tell. */
  readonly sentAtMs?: number;
  /** Of a FIFO queue: messages of one group are handled in their order. */
  readonly groupId?: string;
}

/** What the queue's owner has set. */
export interface QueueTraits {
  readonly isFifo: boolean;
  /** How long a message received stays hidden from others. */
  readonly holdSeconds: number;
  /** Where messages go that cannot be understood; absent where the queue has none, or does not let itself be asked. */
  readonly deadLetterArn?: string;
  /** Deliveries after which the queue itself gives a message up. */
  readonly maxReceiveCount?: number;
}

/** A message of a batch that the queue did not let go, and why. */
export interface BatchFault {
  readonly message: QueueMessage;
  readonly error: string;
}

export interface ReceiveRequest {
  /** 1 to 10. */
  readonly maxMessages: number;
  /** 0 to 20. */
  readonly waitSeconds: number;
  readonly holdSeconds: number;
  /** Breaks the poll off. What the queue had already handed out is then hidden until its hold ends. */
  readonly signal: AbortSignal;
}

/** Why a message is given up; travels with it into the dead-letter queue. */
export interface GivenUp {
  /** Short and stable: what the dead-letter queue is grouped by. */
  readonly reason: string;
  /** One line: what was wrong, and where. */
  readonly detail: string;
}

/** Batches hold at most ten messages. A fault of the whole request is thrown; of one message, returned. */
export interface MessageQueue {
  /** @throws MidstateError QueueNotFound (not retried); StoreUnavailable (retried) */
  traits(): Promise<QueueTraits>;
  /**
   * Waits for messages; resolves empty when `signal` aborts.
   * @throws MidstateError QueueNotFound, AccessDenied (not retried); StoreUnavailable (retried)
   */
  receive(request: ReceiveRequest): Promise<QueueMessage[]>;
  delete(messages: readonly QueueMessage[]): Promise<BatchFault[]>;
  /** Hides the messages for `seconds` from now; 0 makes them visible at once. */
  hide(messages: readonly QueueMessage[], seconds: number): Promise<BatchFault[]>;
  /**
   * Sends a copy to the queue's dead-letter queue; the message itself stays.
   * @throws MidstateError QueueNotFound (it has none), AccessDenied (not retried); StoreUnavailable (retried)
   */
  giveUp(message: QueueMessage, why: GivenUp): Promise<void>;
}

/** The Temporal server's task queues. */
export interface TaskQueues {
  /** When a worker last asked the queue for activities; undefined when none has in the last minutes. */
  lastPolledAtMs(taskQueue: string): Promise<number | undefined>;
}
