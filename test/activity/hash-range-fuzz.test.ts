import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HashRangeInput, HashRangeProgress, HashRangeResult } from '../../activities/index.js';
import { ALGORITHMS, checkpointAlignmentBytes, type Algorithm } from '../../src/core/algorithms.js';
import { ENGINES, oneShot, randomBytesOf, seededRandom } from '../unit/hashing-engines.js';
import { errorAnswer } from '../unit/s3-shaped/answers.js';
import {
  bodyUntilClose,
  chunkedBody,
  cutAt,
  inPiecesOf,
  longBody,
  resetAt,
  shortBody,
  stallAt,
} from '../unit/s3-shaped/body-faults.js';
import {
  closesAfterwards,
  cutBeforeHead,
  cutInHead,
  garbage,
  headByteByByte,
  http10,
  resetBeforeHead,
} from '../unit/s3-shaped/head-faults.js';
import { answerWell, type Answer } from '../unit/s3-shaped-server.js';
import { createAttempt } from './activity-bench.js';
import { openReadingBench, type ReadingBench } from './reading-bench.js';

/** FUZZ_SEED=… runs the same rounds again, FUZZ_ROUNDS=… more of them. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 32);
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 25);
/** An attempt that fails so often is a defect. */
const MAX_ATTEMPTS = 100;

let bench: ReadingBench;

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(async () => {
  await bench.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const rounds = Array.from({ length: ROUNDS }, (_, round) => SEED + round);

test.each(rounds)(
  'whatever the sizes, the connections and the faults, the digests are those of the bytes: seed %d',
  async (seed) => {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const algorithms = ALGORITHMS.filter(() => random() < 0.3);
    if (algorithms.length === 0) algorithms.push('sha1');
    const chunkSizeBytes = 1_024 * (1 + below(60));
    const engine = ENGINES[below(ENGINES.length)]!;
    const [connectionsPerObject, poolBuffers] = [1 + below(4), below(4)];
    bench = await openReadingBench({ engine, chunkSizeBytes, connectionsPerObject, poolBuffers });
    const { server } = bench;
    server.bytes = Buffer.from(randomBytesOf(below(12 * chunkSizeBytes), random));
    server.always = (response, request, self) => {
      (random() < 0.7 ? answerWell : randomFault(below))(response, request, self);
    };

    const digests = await hashObject(algorithms, below);

    for (const algorithm of algorithms) {
      expect(digests[algorithm]).toBe(await oneShot(algorithm, server.bytes));
    }
  },
);

/** Hashes the object in one to three ranges, as the workflow does. */
async function hashObject(
  algorithms: readonly Algorithm[],
  below: (limit: number) => number,
): Promise<NonNullable<HashRangeResult['digests']>> {
  const { object } = bench.server;
  const alignment = checkpointAlignmentBytes(algorithms);
  const rangeBytes = alignment * (1 + Math.floor(object.sizeBytes / alignment / (1 + below(3))));
  let last: HashRangeResult | undefined;
  for (let startByte = 0; last?.digests === undefined; startByte = last.bytesHashed) {
    const endByteExclusive = Math.min(startByte + rangeBytes, object.sizeBytes);
    const midstates = last?.midstates ?? [];
    last = await hashRangeWithRetries({ object, algorithms, startByte, endByteExclusive, midstates }, below);
  }
  return last.digests;
}

/** As Temporal would: attempt after attempt, each with a heartbeat of the one before, not always the newest (SIGKILL). */
async function hashRangeWithRetries(
  input: HashRangeInput,
  below: (limit: number) => number,
): Promise<HashRangeResult> {
  let progress: HashRangeProgress | undefined;
  for (let number = 1; ; number++) {
    const attempt = createAttempt(number, progress);
    try {
      const result = await bench.hashRange(input, attempt);
      expect(result.stats.bytesRead).toBeGreaterThanOrEqual(input.endByteExclusive - input.startByte);
      return result;
    } catch (error) {
      if (number === MAX_ATTEMPTS) throw error;
      expect(error).toMatchObject({ type: 'StoreUnavailable' });
      const kept = attempt.heartbeats.length - below(2);
      progress = attempt.heartbeats[kept - 1] ?? progress;
    }
  }
}

function randomFault(below: (limit: number) => number): Answer {
  const permille = below(1_001);
  const place = (length: number) => Math.floor((length * permille) / 1_000);
  const faults: readonly (() => Answer)[] = [
    () => cutAt(place),
    () => resetAt(place),
    () => shortBody(place),
    () => chunkedBody(place, below(2) === 0 ? 'well' : 'cut'),
    () => bodyUntilClose(place),
    () => longBody(1 + below(100), below(2) === 0),
    () => inPiecesOf(1 + below(9_000)),
    () => errorAnswer(503, 'SlowDown'),
    () => errorAnswer(500, 'InternalError'),
    () => garbage('+OK\r\n\r\n'),
    () => cutBeforeHead,
    () => cutInHead,
    () => resetBeforeHead,
    () => headByteByByte,
    () => http10,
    () => closesAfterwards,
    // It takes the idle timeout to notice: seldom.
    () => (below(4) === 0 ? stallAt(place) : answerWell),
  ];
  return faults[below(faults.length)]!();
}
