import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  createActivities,
  type HashRangeInput,
  type HashRangeProgress,
  type HashRangeResult,
} from '../../activities/index.js';
import type { Algorithm } from '../../src/core/algorithms.js';
import type { ObjectRef } from '../../src/core/contracts.js';
import type { ReadMeter } from '../../src/core/ports.js';
import type { ReadAheadSettings } from '../../src/storage/read-ahead/read-chunks.js';
import { portableEngine } from '../../src/hashing/index.js';
import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { createFakeRangeReader, createFakeReadAheadReader } from '../fakes/fake-range-reader.js';
import { FakeS3, type PutOptions } from '../fakes/fake-s3.js';

/** A multiple of every alignment. */
export const CHUNK = 102_400;

/** Bytes of one piece of a fake body. */
export const PIECE = 10_240;

/** Silent. */
const LOGGER = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  error: () => undefined,
};

/** One attempt of an activity: its environment, the heartbeats it sent, and what it warned of. */
export interface Attempt {
  readonly environment: MockActivityEnvironment;
  readonly heartbeats: HashRangeProgress[];
  readonly warnings: Record<string, unknown>[];
}

/** Activities over buckets in memory: `plain` without versions, `versioned` with. */
export function createBench(
  options: { handOverMs?: number; chunkSizeBytes?: number; readAhead?: ReadAheadSettings } = {},
) {
  const s3 = new FakeS3();
  s3.createBucket('plain');
  s3.createBucket('versioned', 'enabled');
  const metered: number[] = [];
  const meter: ReadMeter = { add: (byteCount) => metered.push(byteCount) };
  const activities = createActivities({
    engine: portableEngine,
    reader:
      options.readAhead === undefined
        ? createFakeRangeReader(s3, PIECE)
        : createFakeReadAheadReader(s3, PIECE, options.readAhead),
    store: createFakeObjectStore(s3),
    meter,
    chunkSizeBytes: options.chunkSizeBytes ?? CHUNK,
    ...(options.handOverMs === undefined ? {} : { handOverMs: options.handOverMs }),
  });
  return {
    s3,
    activities,
    bytesMetered: () => metered.reduce((sum, count) => sum + count, 0),
    put: (sizeBytes: number, put?: PutOptions) => s3.put('plain', 'object', testBytes(sizeBytes), put),
    /** The ranges asked of the reader, as `start-end`. */
    rangesRead: () => s3.reads.map(({ startByte, endByteExclusive }) => `${startByte}-${endByteExclusive}`),
    hashRange: (input: HashRangeInput, attempt?: Attempt): Promise<HashRangeResult> =>
      runActivity(activities.hashRange, input, attempt),
  };
}

/** @param details heartbeat details of the attempt before, as they come back from the server: through JSON */
export function createAttempt(attempt = 1, details?: unknown): Attempt {
  const heartbeatDetails =
    details === undefined ? undefined : (JSON.parse(JSON.stringify(details)) as unknown);
  const warnings: Attempt['warnings'] = [];
  const logger = {
    ...LOGGER,
    warn: (message: string, facts: object = {}) => warnings.push({ message, ...facts }),
  };
  const environment = new MockActivityEnvironment({ attempt, heartbeatDetails }, { logger });
  const heartbeats: HashRangeProgress[] = [];
  environment.on('heartbeat', (progress: HashRangeProgress) => heartbeats.push(progress));
  return { environment, heartbeats, warnings };
}

/** Runs an activity as a worker does. */
export function runActivity<I, R>(
  activity: (input: I) => Promise<R>,
  input: I,
  attempt: Attempt = createAttempt(),
): Promise<R> {
  return attempt.environment.run<[I], R, (input: I) => Promise<R>>(activity, input);
}

export function shutDown({ environment }: Attempt): void {
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
}

/** Bytes without a period that a chunk or block could share. */
export function testBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) % 251);
}

/** The whole object as one range. */
export function wholeOf(object: ObjectRef, algorithms: readonly Algorithm[] = ['sha1']): HashRangeInput {
  return { object, algorithms, startByte: 0, endByteExclusive: object.sizeBytes, midstates: [] };
}

/** What an activity failed with; fails the test when it did not. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  try {
    await attempt;
  } catch (error) {
    return error;
  }
  throw new Error('the activity did not fail');
}
