import { describe, expect, test } from 'vitest';
import type { ReplayTally } from '../../src/core/replay-contracts.js';
import { emptyTally, mostInFlight, withEnd, withStart } from '../../src/core/replay-tally.js';

const denied = { cause: 'AccessDenied' };

function afterEnds(ends: readonly Parameters<typeof withEnd>[2][], stopAfter?: number): ReplayTally {
  return ends.reduce((tally, end) => withEnd(tally, denied, end, stopAfter), emptyTally());
}

const SAME = { end: 'failed', cause: 'AccessDenied' } as const;

describe('a replay', () => {
  test('stops when five jobs in a row end with the cause they had', () => {
    expect(afterEnds([SAME, SAME, SAME, SAME]).stoppedBecause).toBeUndefined();
    expect(afterEnds([SAME, SAME, SAME, SAME, SAME]).stoppedBecause).toBe(
      'the last 5 jobs ended with AccessDenied, as they had before: remove the cause, then replay again',
    );
  });

  test.each([
    ['a job that ends well', { end: 'hashed' }],
    ['another cause', { end: 'failed', cause: 'Archived' }],
    ['an object that is gone', { end: 'gone' }],
  ] as const)('counts anew after %s', (_, other) => {
    expect(afterEnds([SAME, SAME, SAME, SAME, other, SAME]).stoppedBecause).toBeUndefined();
    expect(afterEnds([other, SAME, SAME, SAME, SAME, SAME]).stoppedBecause).toBeDefined();
  });

  test('can be told to stop earlier, and counts what it saw', () => {
    const tally = afterEnds([{ end: 'hashed' }, SAME, SAME], 2);

    expect(tally.stoppedBecause).toMatch(/^the last 2 jobs/);
    expect(tally).toMatchObject({ ended: { hashed: 1, failed: 2 }, failedAgain: { AccessDenied: 2 } });
  });

  test('does not count a job that runs', () => {
    expect(withEnd(emptyTally(), denied, {})).toEqual(emptyTally());
  });

  test('has few jobs under way until some have ended well, and never very many', () => {
    const well = Array.from({ length: 10 }, () => ({ end: 'hashed' }) as const);

    expect(mostInFlight(emptyTally())).toBe(10);
    expect(mostInFlight(afterEnds([SAME, SAME, SAME]))).toBe(7);
    expect(mostInFlight(afterEnds([SAME, SAME, { end: 'hashed' }]))).toBe(12);
    expect(mostInFlight(afterEnds(Array(20).fill(SAME), 30))).toBe(1);
    expect(mostInFlight(afterEnds(well))).toBe(30);
    expect(mostInFlight(afterEnds(Array.from({ length: 1_000 }, () => ({ end: 'hashed' }) as const)))).toBe(
      200,
    );
  });

  test('tells what went on from a checkpoint, what began anew and why, and what was left alone', () => {
    const starts = [
      { status: 'started', resumedAtByte: 7 },
      { status: 'started', resumedAtByte: 0, reason: 'no checkpoint' },
      { status: 'skipped', reason: 'it is running' },
    ] as const;

    expect(starts.reduce<ReplayTally>(withStart, emptyTally())).toMatchObject({
      started: 2,
      fromCheckpoint: 1,
      bytesSpared: 7,
      fromStart: { 'no checkpoint': 1 },
      skipped: { 'it is running': 1 },
    });
  });
});
