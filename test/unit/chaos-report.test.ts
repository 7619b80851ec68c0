import { describe, expect, test } from 'vitest';
import { violationsOf, type ChaosFigures } from '../../chaos/report/figures.js';
import { renderReport } from '../../chaos/report/render-report.js';

const LEAST = { leastFaults: 10, leastKills: 2 };

const GOOD: ChaosFigures = {
  seed: 'a',
  mode: 'full',
  startedAt: '2026-01-01T00:00:00.000Z',
  faultSeconds: 61,
  seconds: 90,
  uploads: 3,
  hashed: 2,
  superseded: 1,
  gone: 0,
  inFlight: { least: 200, most: 200 },
  faults: { 'kill poller': 2, 'answer 503': 8 },
  processKills: 2,
  missing: {},
  bytesHashed: 900,
  bytesRead: 1_000,
  bytesReadInVain: 50,
  bytesReadTwice: 50,
  allowances: [{ kind: 'kill worker', faults: 1, bytes: 50 }],
  recoveries: [
    { after: 'worker killed', times: 1, activities: 2, medianSeconds: 7, longestSeconds: 8 },
    { after: 'Temporal back', times: 1, activities: 0, medianSeconds: 1, longestSeconds: 10 },
    { after: 'S3 back', times: 1, activities: 0, medianSeconds: 1, longestSeconds: 99 },
  ],
  wrongDigests: [],
  lostObjects: [],
  doubleResults: [],
  failedJobs: [],
  problems: [],
};

describe('a run of the fault suite', () => {
  test('passes where everything was reached', () => {
    expect(violationsOf(GOOD, LEAST)).toEqual([]);
    expect(renderReport(GOOD, [])).toContain('passed');
  });

  test.each<[string, Partial<ChaosFigures>, RegExp]>([
    ['a wrong digest', { wrongDigests: ['k'] }, /^wrong digests: expected 0, got 1: k$/],
    ['a lost object', { lostObjects: ['k'] }, /^lost objects/],
    ['a double result', { doubleResults: ['k'] }, /^double results/],
    ['a failed job', { failedJobs: ['k'] }, /^failed jobs/],
    ['a fault that the suite could not do', { problems: ['kill poller: …'] }, /^faults that went wrong/],
    ['a byte too many read twice', { bytesReadTwice: 51 }, /^bytes read twice: expected at most 50, got 51$/],
    ['too few faults', { faults: { 'kill poller': 9 } }, /^faults: expected at least 10, got 9$/],
    ['too few kills', { processKills: 1 }, /^process kills/],
    [
      'a worker that was missed too long',
      {
        recoveries: [
          { after: 'worker killed', times: 1, activities: 1, medianSeconds: 8.1, longestSeconds: 8.1 },
        ],
      },
      /^worker killed: expected to go on within 8 s, took 8.1 s$/,
    ],
    [
      'work that did not go on after Temporal had come back',
      {
        recoveries: [
          {
            after: 'Temporal back',
            times: 1,
            activities: 0,
            medianSeconds: Infinity,
            longestSeconds: Infinity,
          },
        ],
      },
      /^Temporal back/,
    ],
  ])('does not pass with %s, and says so', (_, change, violation) => {
    const violations = violationsOf({ ...GOOD, ...change }, LEAST);

    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatch(violation);
    expect(renderReport({ ...GOOD, ...change }, violations)).toContain('FAILED');
  });
});
