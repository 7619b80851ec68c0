import { readFile } from 'node:fs/promises';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodedKeys, FIRST_START_MS, StackHarness } from './local-stack-harness.js';

vi.setConfig({ testTimeout: 60_000 });

const SEQUENCER = /^[0-9A-F]{16}$/;
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

/** Keys that a careless encoder, XML, or a shell would spoil. The longest has segments of versitygw's limit, 255 bytes. */
const ODD_KEYS = [
  'plain.txt',
  'sp ace and  two.txt',
  'a+b+c',
  '100%',
  '%2Fnot%20decoded',
  'quotes"and\'more',
  '<&>',
  'q?=1&x#frag',
  'emoji 😀/é/日本',
  'tilde~bang!(paren)*star',
  'line\nbreak',
  'control\u0001character',
  'folder/',
  `${'s'.repeat(255)}/${'é'.repeat(127)}/${'t'.repeat(255)}/${'u'.repeat(255)}`,
].sort();

describe('an upload', () => {
  let harness: StackHarness;

  beforeAll(async () => {
    // So rare a sweep has no part in this: what comes, the webhook brought.
    harness = await StackHarness.create({ sweepIntervalMs: 3_600_000 });
  }, FIRST_START_MS);

  afterAll(() => harness.dispose(), 60_000);

  it('brings one event with what S3 says of the object', async () => {
    await harness.put('one', 'hello');
    const head = await harness.s3.send(new HeadObjectCommand({ Bucket: 'midstate', Key: 'one' }));

    const events = await harness.takeEvents(1);

    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ eventName: 'ObjectCreated:Put', eventSource: 'aws:s3' });
    expect(events[0]?.s3.object).toEqual({
      key: 'one',
      size: 5,
      eTag: head.ETag?.replaceAll('"', ''),
      sequencer: expect.stringMatching(SEQUENCER) as string,
    });
  });

  it('in parts brings one event, with the size of the whole', async () => {
    const Body = Buffer.alloc(SMALLEST_PART_BYTES + 1);
    const params = { Bucket: 'midstate', Key: 'in parts', Body };
    await new Upload({ client: harness.s3, params, partSize: SMALLEST_PART_BYTES }).done();

    const events = await harness.takeEvents(1);

    expect(events.map(({ eventName, s3 }) => [eventName, s3.object.size])).toEqual([
      ['ObjectCreated:CompleteMultipartUpload', SMALLEST_PART_BYTES + 1],
    ]);
    expect(events[0]?.s3.object.eTag).toMatch(/^[0-9a-f]{32}-2$/);
  });

  it('that is a copy brings one event, with the size of the copy', async () => {
    await harness.put('source', 'sixteen bytes!!!');
    await harness.takeEvents(1);
    const copy = { Bucket: 'midstate', Key: 'the copy', CopySource: 'midstate/source' };
    await harness.s3.send(new CopyObjectCommand(copy));

    const events = await harness.takeEvents(1);

    expect(events.map(({ eventName, s3 }) => [eventName, s3.object.key, s3.object.size])).toEqual([
      ['ObjectCreated:Copy', 'the+copy', 16],
    ]);
  });

  it('of no bytes brings an event too', async () => {
    await harness.put('empty', '');

    expect((await harness.takeEvents(1)).map(({ s3 }) => s3.object.size)).toEqual([0]);
  });

  it('under an odd key brings an event that decodes to that very key', async () => {
    await Promise.all(ODD_KEYS.map((key) => harness.put(key, key.endsWith('/') ? '' : key)));

    expect(decodedKeys(await harness.takeEvents(ODD_KEYS.length))).toEqual(ODD_KEYS);
  });

  it('of other bytes under the same key brings an event of its own', async () => {
    await harness.put('again', 'first');
    const first = await harness.takeEvents(1);
    await harness.put('again', 'second');
    const second = await harness.takeEvents(1);

    expect([first[0]?.s3.object.size, second[0]?.s3.object.size]).toEqual([5, 6]);
  });

  it('is the only thing that brings one: removals and tags do not', async () => {
    await harness.put('tagged');
    await harness.takeEvents(1);
    const object = { Bucket: 'midstate', Key: 'tagged' };
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
    await harness.s3.send(new PutObjectTaggingCommand({ ...object, Tagging }));
    await harness.s3.send(new DeleteObjectCommand(object));
    await harness.put('after');

    expect(decodedKeys(await harness.takeEvents(1))).toEqual(['after']);
  });

  it('brings one event each, of hundreds at once, whose keys the webhook may mix up', async () => {
    const keys = Array.from({ length: 600 }, (_, n) => `${'x'.repeat(n % 37)}-${String(n)}`).sort();
    for (let n = 0; n < keys.length; n += 30) {
      await Promise.all(keys.slice(n, n + 30).map((key) => harness.put(key, key)));
    }

    expect(decodedKeys(await harness.takeEvents(keys.length))).toEqual(keys);
  });

  it('while the bridge is down gets its event once the bridge is back, and no other is sent again', async () => {
    await harness.put('before');
    await harness.takeEvents(1);
    await harness.stack.bridge.stop();
    const missed = ODD_KEYS.filter((key) => !key.includes('\u0001')).map((key) => `missed/${key}`);
    await Promise.all(missed.map((key) => harness.put(key, key.endsWith('/') ? '' : 'x')));

    await harness.stack.bridge.start();

    expect(decodedKeys(await harness.takeEvents(missed.length))).toEqual(missed.sort());
  });

  it('while the queue is down gets its event soon after the queue is back', async () => {
    await harness.stack.killServer('sqs');
    await harness.put('nobody took it');
    await harness.stack.restartServer('sqs');

    expect(decodedKeys(await harness.takeEvents(1))).toEqual(['nobody took it']);
  });

  it('while the whole stack but S3 was down (its files were written) gets its event at the next start', async () => {
    await harness.stack.bridge.stop();
    await harness.put('the last before the stop');
    await harness.stack.stop();

    await harness.start();

    expect(decodedKeys(await harness.takeEvents(1))).toEqual(['the last before the stop']);
  });

  it('is announced even after posts that make no sense', async () => {
    const bridge = `http://127.0.0.1:${new URL(await bridgeUrl(harness)).port}/`;
    const statuses = [];
    for (const body of ['', '{', 'null', '{"Records":[{}]}', '{"Records":"x"}', 'x'.repeat(1_100_000)]) {
      statuses.push((await fetch(bridge, { method: 'POST', body })).status);
    }
    await harness.put('still here');

    expect(statuses).toEqual([400, 400, 200, 200, 200, 400]);
    expect(decodedKeys(await harness.takeEvents(1))).toEqual(['still here']);
  });
});

/** The bridge's address is nobody's business but versitygw's, whose log names it. */
async function bridgeUrl(harness: StackHarness): Promise<string> {
  const log = await readFile(harness.stack.processes.find(({ name }) => name === 's3')!.logFile, 'utf8');
  return [...log.matchAll(/webhook URL (\S+)/g)].at(-1)![1]!;
}

describe('in a bucket with versions', () => {
  let harness: StackHarness;

  beforeAll(async () => {
    const eventFilter = { prefix: 'in/', suffix: '.bin' };
    harness = await StackHarness.create({ versioning: true, eventFilter, sweepIntervalMs: 3_600_000 });
  }, FIRST_START_MS);

  afterAll(() => harness.dispose(), 60_000);

  it('each version has its event, of equal bytes too, and a webhook or a sweep tells the same of it', async () => {
    const Bucket = 'midstate';
    const versionIds = [];
    for (const Body of ['same', 'same', 'other', 'same']) {
      const { VersionId } = await harness.s3.send(new PutObjectCommand({ Bucket, Key: 'in/v.bin', Body }));
      versionIds.push(VersionId);
    }
    const swept = await harness.takeEvents(3);
    await harness.stack.bridge.sweepNow();
    const all = [...swept, ...(await harness.takeEvents(4 - swept.length))];

    expect(all.map(({ s3 }) => s3.object.versionId).sort()).toEqual(versionIds.sort());
    expect(await harness.stack.bridge.sweepNow()).toBe(0);
  });

  it('only what the filter lets through has one', async () => {
    for (const key of ['in/a.bin', 'in/a.txt', 'out/a.bin', 'in/b c.bin']) await harness.put(key);
    await harness.stack.bridge.sweepNow();

    expect(decodedKeys(await harness.takeEvents(2))).toEqual(['in/a.bin', 'in/b c.bin']);
  });

  it('every version uploaded while the bridge was down has its event when it is back', async () => {
    await harness.stack.bridge.stop();
    for (const body of ['1', '22', '333']) await harness.put('in/down.bin', body);
    await harness.s3.send(new DeleteObjectCommand({ Bucket: 'midstate', Key: 'in/down.bin' }));

    await harness.stack.bridge.start();

    expect((await harness.takeEvents(3)).map(({ s3 }) => s3.object.size).sort()).toEqual([1, 2, 3]);
  });
});
