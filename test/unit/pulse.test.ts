import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pulse } from '../../activities/pulse.js';
import { LATENESS_ALLOWANCE_MS } from '../../src/core/loss-bound.js';

const INTERVAL_MS = 1_500;

describe('a heartbeat', () => {
  let pulse: Pulse;
  let beats: number[];

  beforeEach(() => {
    vi.useFakeTimers();
    const startMs = performance.now();
    beats = [];
    pulse = new Pulse(INTERVAL_MS, () => beats.push(performance.now() - startMs));
  });

  afterEach(() => {
    pulse.stop();
    vi.useRealTimers();
  });

  /** Bytes are hashed after each of these pauses. */
  function hashAfter(...pausesMs: number[]): void {
    for (const pauseMs of pausesMs) {
      vi.advanceTimersByTime(pauseMs);
      pulse.onHashed();
    }
  }

  test('goes out with the first bytes that are hashed once it is due', () => {
    hashAfter(500, 900, 150, 100, 1_390, 30);

    expect(beats).toEqual([1_550, 3_070]);
  });

  test('asks for bytes by the time it is due', () => {
    vi.advanceTimersByTime(400);
    expect(pulse.reportWithinMs).toBe(1_100);
    hashAfter(1_100);
    expect(pulse.reportWithinMs).toBe(INTERVAL_MS);
  });

  test('that is late asks for bytes soon, but not at once', () => {
    vi.advanceTimersByTime(1_600);

    expect(pulse.reportWithinMs).toBe(50);
  });

  test('goes out without bytes where none come, again and again', () => {
    vi.advanceTimersByTime(4_000);

    const lateMs = INTERVAL_MS + LATENESS_ALLOWANCE_MS;
    expect(beats).toEqual([lateMs, 2 * lateMs]);
  });

  test('without bytes is made up for with the next bytes', () => {
    vi.advanceTimersByTime(2_000);
    hashAfter(10, 10, 1_490);

    expect(beats).toEqual([1_900, 2_010, 3_510]);
  });

  test('stops with the attempt', () => {
    pulse.stop();
    vi.advanceTimersByTime(10_000);

    expect(beats).toEqual([]);
  });
});
