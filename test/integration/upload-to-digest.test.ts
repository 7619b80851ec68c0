import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { uploadObject } from '../../src/storage/upload-object.js';
import { messagesIn } from '../setup/jobs.js';
import { eventually } from '../setup/eventually.js';
import { PipelineStage } from '../setup/pipeline-stage.js';
import { freshBytes, opensslDigest, putObject } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const RANGE_BYTES = 25_000_064;
const CHUNK_BYTES = 20_000_000;

let stage: PipelineStage;
const folder = `upload-${randomUUID()}`;

beforeAll(async () => {
  stage = await PipelineStage.open({
    MIDSTATE_ALGORITHMS: 'sha1,md5,sha256',
    MIDSTATE_RANGE_SIZE_BYTES: String(RANGE_BYTES),
  });
});

afterAll(() => stage.close());

/** 1,024 bytes, in segments that a file system takes. */
const LONGEST_KEY = `${folder}/${'0123456789/'.repeat(100)}`.slice(0, 1_019).padEnd(1_024, 'x');

describe('from upload to digest', () => {
  test.for([
    { name: 'a space', key: `${folder}/with space` },
    { name: 'a plus', key: `${folder}/a+b` },
    { name: 'a percent sign', key: `${folder}/100%25 or 100%` },
    { name: 'quotes', key: `${folder}/it's "so"` },
    { name: 'a backslash', key: `${folder}/back\\slash` },
    { name: 'a line break', key: `${folder}/line\nbreak` },
    { name: 'a percent-encoded NUL', key: `${folder}/%00` },
    { name: 'a terminal escape', key: `${folder}/\u001b[31mred` },
    { name: 'a mark of direction', key: `${folder}/\u202egpj.exe` },
    { name: 'letters beyond ASCII', key: `${folder}/Ünïcode 😀/日本` },
    { name: '1,024 bytes', key: LONGEST_KEY },
  ])('an object whose key has $name is hashed under that key', async ({ key }) => {
    const body = freshBytes(2_000);

    const { etag } = await putObject(stage.clients.s3, stage.bucket, key, body);
    const result = await stage.resultOf(key);

    expect(result).toMatchObject({
      outcome: 'hashed',
      object: { bucket: stage.bucket, key, etag, sizeBytes: 2_000 },
      digests: {
        sha1: opensslDigest('sha1', body),
        md5: opensslDigest('md5', body),
        sha256: opensslDigest('sha256', body),
      },
    });
  });

  test.for([
    { name: 'of no bytes', sizeBytes: 0, ranges: 1 },
    { name: 'of one byte', sizeBytes: 1, ranges: 1 },
    { name: 'of exactly one chunk', sizeBytes: CHUNK_BYTES, ranges: 1 },
    { name: 'of one chunk and a byte', sizeBytes: CHUNK_BYTES + 1, ranges: 1 },
    { name: 'of exactly two ranges', sizeBytes: 2 * RANGE_BYTES, ranges: 2 },
    { name: 'of two ranges and a byte', sizeBytes: 2 * RANGE_BYTES + 1, ranges: 3 },
  ])(
    'an object $name is read once and has the digest that OpenSSL computes',
    async ({ sizeBytes, ranges }) => {
      const body = freshBytes(sizeBytes);
      const key = `${folder}/size-${String(sizeBytes)}`;
      const before = stage.bytesRead();

      await putObject(stage.clients.s3, stage.bucket, key, body);
      const { digests, stats } = await stage.resultOf(key);

      expect(digests).toEqual({
        sha1: opensslDigest('sha1', body),
        md5: opensslDigest('md5', body),
        sha256: opensslDigest('sha256', body),
      });
      expect(stats).toMatchObject({ bytesRead: sizeBytes, bytesReadTwice: 0, lostAttempts: 0, ranges });
      expect(stage.bytesRead() - before).toBe(sizeBytes);
    },
  );

  test('an upload in parts is announced once and hashed as a whole', async () => {
    const body = freshBytes(40_000_000);
    const key = `${folder}/in-parts`;

    await uploadObject(stage.clients.s3, {
      bucket: stage.bucket,
      key,
      body: Readable.from([body]),
      onProgress: () => undefined,
    });
    const { object, digests } = await stage.resultOf(key);

    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(object.etag).toMatch(/^[0-9a-f]{32}-2$/);
    expect(await stage.runsOf(key)).toHaveLength(1);
  });

  test('the same bytes uploaded again later are another version, with a job of its own', async () => {
    const body = freshBytes(1_000);
    const key = `${folder}/again`;
    await putObject(stage.clients.s3, stage.bucket, key, body);
    await stage.resultOf(key);

    // S3's sequencer tells the two uploads apart; here it has the resolution of a second.
    const runs = await eventually(
      async () => {
        await putObject(stage.clients.s3, stage.bucket, key, body);
        const found = await stage.runsOf(key);
        return found.length > 1 && found;
      },
      { what: 'a second job', intervalMs: 1_100 },
    );

    expect(new Set(runs.map(({ workflowId }) => workflowId)).size).toBe(runs.length);
  });

  test('leaves nothing in the queue and nothing in the dead-letter queue', async () => {
    const { queueUrl, dlqUrl } = theStack().urls;

    await eventually(async () => (await messagesIn(stage.clients.sqs, queueUrl)) === 0, {
      what: 'an empty queue',
    });

    expect(await messagesIn(stage.clients.sqs, dlqUrl)).toBe(0);
  });
});
