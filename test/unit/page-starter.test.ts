import type { Client } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { starterOptions } from '../../src/starter/open-page-starter.js';
import { createFindSequencers } from '../../src/temporal/find-sequencers.js';

/** Not asked for anything here. */
const NO_CLIENT = {} as unknown as Client;

/** Options of a client that encrypts nothing. */
const IN_CLEAR = { loadedDataConverter: { payloadCodecs: [] } };

describe('how the objects of a backfill are started', () => {
  test('is as the worker is set up', () => {
    const config = loadConfig({ algorithms: 'sha256', publish: 'tags' });

    expect(starterOptions(config, NO_CLIENT, {}).config).toEqual(config);
  });

  test('is with the digests and places that were asked for, where they were', () => {
    const config = loadConfig({ algorithms: 'sha256', publish: 'tags' });

    const asked = starterOptions(config, NO_CLIENT, { algorithms: ['md5'], publish: { sidecar: true } });

    expect(asked.config).toMatchObject({ algorithms: ['md5'], publish: { tags: false, sidecar: true } });
  });

  test('looks for labels everywhere where only what is missing is meant, or where the worker is told to', () => {
    const options = (remember: string | undefined) =>
      starterOptions(loadConfig({ remember }), NO_CLIENT, { missingOnly: true }).config.remember;

    expect(options(undefined)).toEqual(['tags', 'sidecar']);
    expect(options('tags')).toEqual(['tags']);
  });

  test('is refused without the policy file that whoever asked has', () => {
    const order = { needsPolicy: true };

    expect(() => starterOptions(loadConfig(), NO_CLIENT, order)).toThrow(
      /set MIDSTATE_POLICY_FILE there too/,
    );
    expect(starterOptions(loadConfig({ policyFile: '/any' }), NO_CLIENT, order)).toBeDefined();
  });
});

describe('the sequencers of many objects', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A server that lists these memos, whatever it is asked. */
  function serverOf(memos: readonly Record<string, string>[]) {
    const queries: string[] = [];
    const client = {
      withDeadline: (_: number, work: () => Promise<unknown>) => work(),
      options: IN_CLEAR,
      workflow: {
        list: ({ query }: { query: string }) => {
          queries.push(query);
          return memos.map((memo) => ({ memo }))[Symbol.iterator]();
        },
      },
    };
    return { queries, find: createFindSequencers(client as unknown as Client) };
  }

  const object = (key: string, etag = 'e') => ({ bucket: 'b', key, etag, sizeBytes: 1 });

  test('are asked for fifty at a time, the newest of each key and ETag', async () => {
    const { queries, find } = serverOf([
      { key: 'k1', etag: 'e', sequencer: '0A' },
      { key: 'k1', etag: 'e', sequencer: '0B' },
      { key: 'k2', etag: 'other', sequencer: '0C' },
      { key: 'k3', etag: 'e' },
    ]);

    const found = Promise.all(Array.from({ length: 60 }, (_, n) => find(object(`k${String(n)}`))));
    await vi.advanceTimersByTimeAsync(30);

    expect((await found).slice(0, 4)).toEqual([undefined, '0B', undefined, undefined]);
    expect(queries).toHaveLength(2);
    expect(queries[0]).toMatch(
      /^WorkflowType = "hashObject" AND S3Bucket = "b" AND S3Key IN \("k0", .*"k49"\)$/,
    );
  });

  test('of keys that a list of values cannot hold are asked for one by one', async () => {
    const { queries, find } = serverOf([{ key: 'a"b', etag: 'e', sequencer: '0A' }]);

    expect(await find(object('a"b'))).toBe('0A');
    expect(queries).toEqual(['S3Bucket = "b" AND S3Key STARTS_WITH "a"']);
  });

  test('fail together where the server does not answer', async () => {
    const broken = createFindSequencers({
      options: IN_CLEAR,
      withDeadline: () => Promise.reject(new Error('away')),
    } as unknown as Client);

    const asked = [broken(object('k1')), broken(object('k2'))].map((one) => one.catch(String));
    await vi.advanceTimersByTimeAsync(30);

    expect(await Promise.all(asked)).toEqual(['Error: away', 'Error: away']);
  });
});
