import { describe, expect, test } from 'vitest';
import { failureNote, tryFailureNote } from '../../src/core/failure-note.js';
import { parseMoment } from '../../src/core/parse-moment.js';
import { resetPoint } from '../../src/core/reset-point.js';
import { SpeedMeter } from '../../src/core/speed-meter.js';

describe('a point in time', () => {
  const nowMs = Date.parse('2026-11-25T12:00:00.000Z');

  test.each([
    ['90s', '2026-11-25T11:58:30.000Z'],
    ['30m', '2026-11-25T11:30:00.000Z'],
    ['1.5h', '2026-11-25T10:30:00.000Z'],
    ['3d', '2026-11-22T12:00:00.000Z'],
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2026-11-24T10:00:00+02:00', '2026-11-24T08:00:00.000Z'],
  ])('%s is %s', (text, moment) => {
    expect(parseMoment(text, nowMs)).toBe(moment);
  });

  test.each(['', 'yesterday', '3w', '12', '2026-99-99'])('refuses %j', (text) => {
    expect(() => parseMoment(text, nowMs)).toThrow(/expected 30m, 2h, 3d/);
  });
});

describe('the event to reset to', () => {
  const ranges = [
    { summary: 'range 3/5 · 2.0–3.0 GB · 512 MB', decidedAtEventId: 10 },
    { summary: 'range 4/5 · 3.0–4.0 GB · 512 MB', decidedAtEventId: 16 },
    { summary: 'range 4/5 · 3.0–4.0 GB · 1024 MB', decidedAtEventId: 29 },
  ];

  test('is where the workflow first decided on the range', () => {
    expect(resetPoint(ranges, 4)).toBe(16);
  });

  test('is none of a range that this run has not begun', () => {
    expect(() => resetPoint(ranges, 2)).toThrow(/no range 2: it has begun 3 to 4/);
    expect(() => resetPoint([{ summary: 'whole object · 256 MB', decidedAtEventId: 4 }], 1)).toThrow(
      /has begun none/,
    );
  });
});

describe('what a failed job keeps for lists', () => {
  const object = { bucket: 'b', key: 'k', etag: 'e', sizeBytes: 100 };

  test('is its cause, the start of its message, and how far it had come', () => {
    const note = failureNote('Archived', 'é'.repeat(1_000), { object, bytesHashed: 64, midstates: [] });

    expect(note).toEqual({ cause: 'Archived', message: 'é'.repeat(400), bytesHashed: 64, sizeBytes: 100 });
    expect(tryFailureNote({ failure: note })).toEqual(note);
  });

  test.each([[undefined], [{}], [{ failure: 'text' }], [{ failure: null }]])('is not found in %j', (memo) => {
    expect(tryFailureNote(memo)).toBeUndefined();
  });
});

describe('the speed of a job', () => {
  test('is known from the second look on, and is that of the last 15 seconds', () => {
    const meter = new SpeedMeter();
    meter.add({ bytesHashed: 0, timeMs: 0 });
    expect(meter.bytesPerSecond()).toBeUndefined();

    meter.add({ bytesHashed: 100, timeMs: 1_000 });
    expect(meter.bytesPerSecond()).toBe(100);

    meter.add({ bytesHashed: 100, timeMs: 20_000 });
    expect(meter.bytesPerSecond()).toBe(0);
  });

  test('begins anew when a job has fallen back', () => {
    const meter = new SpeedMeter();
    meter.add({ bytesHashed: 500, timeMs: 0 });
    meter.add({ bytesHashed: 100, timeMs: 1_000 });
    meter.add({ bytesHashed: 300, timeMs: 2_000 });

    expect(meter.bytesPerSecond()).toBe(200);
  });
});
