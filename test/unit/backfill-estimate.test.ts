import { describe, expect, test } from 'vitest';
import { Estimator } from '../../src/backfill/estimate.js';
import type { EstimatedObject } from '../../src/core/job-needs.js';
import { PRICES } from '../../src/core/prices.js';

const object: EstimatedObject = {
  sizeBytes: 1_000,
  memoryClassMB: 256,
  algorithms: ['sha1'],
  publish: {},
};

function estimate(...objects: Partial<EstimatedObject>[]) {
  const estimator = new Estimator();
  for (const one of objects) estimator.add({ ...object, ...one });
  return estimator.total();
}

describe('the estimate of a backfill', () => {
  test('of a small object is a GET and three actions', () => {
    expect(estimate({})).toMatchObject({
      objects: 1,
      bytes: 1_000,
      s3: { gets: 1, puts: 0, lists: 0 },
      temporalActions: 3,
    });
  });

  test('of a large one has a GET a chunk, an action a range, and heartbeats while it is read', () => {
    // 5 GB in the 512 MB class: 71.4 s at 70 MB/s, a heartbeat each 1.5 s.
    const { s3, temporalActions, classes } = estimate({ sizeBytes: 5_000_000_000, memoryClassMB: 512 });

    expect(s3.gets).toBe(1 + 250);
    expect(temporalActions).toBe(3 + 5 + 47);
    expect(classes['512']!.workerHours * 3_600).toBeCloseTo(5_000 / 70, 0);
  });

  test('adds what is published', () => {
    expect(estimate({ publish: { tags: true, sidecar: true }, algorithms: ['sha1', 'md5'] }).s3).toEqual({
      gets: 2,
      puts: 3,
      lists: 0,
    });
  });

  test('tells how many sizes are not known', () => {
    expect(estimate({}, { sizeBytes: undefined })).toMatchObject({
      objects: 2,
      bytes: 1_000,
      unknownSizes: 1,
    });
  });

  test('prices a million small objects at what is paid for their actions, and says of when', () => {
    const { cost, pricesAsOf } = estimate(...Array.from({ length: 1_000 }, () => ({})));

    expect(cost.temporalActions * 1_000).toBeCloseTo(150);
    expect(cost.s3Requests * 1_000).toBeCloseTo(0.4);
    expect(cost.total).toBeCloseTo(cost.temporalActions + cost.s3Requests + cost.workers);
    expect(pricesAsOf).toBe(PRICES.asOf);
    expect(Date.parse(pricesAsOf)).not.toBeNaN();
  });

  test('has the search in it', () => {
    const estimator = new Estimator();
    estimator.addSearch({ lists: 2, gets: 1_500, actions: 7 });

    expect(estimator.total()).toMatchObject({
      s3: { lists: 2, gets: 1_500 },
      temporalActions: 7,
      objects: 0,
    });
  });
});
