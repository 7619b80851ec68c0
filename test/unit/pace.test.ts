import { describe, expect, test } from 'vitest';
import { NEAR_END_BYTES, Pace } from '../../src/storage/read-ahead/pace.js';

const MB = 1_000_000;
const CHUNK = 20 * MB;

/** A pace whose chunks take `chunkMs`; the second one is under way, and nothing of it has been hashed. */
function paceOf(chunkMs: number, roundTripMs: number | undefined): Pace {
  let nowMs = 1_000;
  const pace = new Pace(
    () => roundTripMs,
    () => nowMs,
  );
  pace.begin(CHUNK);
  pace.onHashed(0, 0);
  nowMs += chunkMs;
  pace.begin(CHUNK);
  return pace;
}

describe('the next chunk is asked for', () => {
  test('at once before anything is known', () => {
    const pace = new Pace(() => 1);
    pace.begin(CHUNK);

    expect(pace.isTimeToAsk).toBe(true);
  });

  test('at once of a reader that tells of no round trip', () => {
    expect(paceOf(100, undefined).isTimeToAsk).toBe(true);
  });

  test('at once after bytes that were waited for, and again late when they no longer are', () => {
    const pace = paceOf(100, 10);

    pace.onHashed(CHUNK - 4 * MB, 8);
    expect(pace.isTimeToAsk).toBe(true);
    pace.onHashed(CHUNK - 8 * MB, 4);
    expect(pace.isTimeToAsk).toBe(false);
  });

  test.each([
    { roundTripMs: 10, leftMB: 12, isTime: false },
    { roundTripMs: 30, leftMB: 12, isTime: true },
    { roundTripMs: 10, leftMB: 4, isTime: true },
    { roundTripMs: 4, leftMB: 4, isTime: false },
    { roundTripMs: 4, leftMB: 0, isTime: false },
  ])(
    'where nothing is waited for, of a chunk of 100 ms with $leftMB of 20 MB left and a round trip of $roundTripMs ms: $isTime',
    ({ roundTripMs, leftMB, isTime }) => {
      const pace = paceOf(100, roundTripMs);

      pace.onHashed(leftMB * MB, 1);

      expect(pace.isTimeToAsk).toBe(isTime);
    },
  );
});

describe('the bytes until the next chunk is asked for', () => {
  test.each([
    { roundTripMs: 30, leftMB: 19, bytes: 7 * MB },
    { roundTripMs: 10, leftMB: 19, bytes: 19 * MB - NEAR_END_BYTES },
    { roundTripMs: 10, leftMB: 6, bytes: 6 * MB - NEAR_END_BYTES },
    { roundTripMs: 10, leftMB: 4, bytes: Infinity },
    { roundTripMs: 4, leftMB: 19, bytes: Infinity },
  ])(
    'of a chunk of 100 ms with $leftMB of 20 MB left and a round trip of $roundTripMs ms are $bytes',
    ({ roundTripMs, leftMB, bytes }) => {
      const pace = paceOf(100, roundTripMs);

      pace.onHashed(leftMB * MB, 1);

      expect(pace.bytesUntilAsk).toBe(bytes);
    },
  );

  test('are no longer of interest once it was asked for, bytes being waited for', () => {
    const pace = paceOf(100, 10);

    pace.onHashed(CHUNK - 4 * MB, 8);

    expect(pace.bytesUntilAsk).toBe(Infinity);
  });
});
