import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectResult } from '../../src/core/contracts.js';
import { uploadObject } from '../../src/storage/upload-object.js';
import { readLedger } from '../../src/worker/read-ledger.js';
import { jsonLines, midstate, RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { LEAST_PART_BYTES, uploadParts } from '../setup/multipart-upload.js';
import {
  connectStack,
  ensureBucket,
  freshBytes,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';
import { oneShot } from '../unit/hashing-engines.js';
import { theStack } from '../setup/the-stack.js';

/** Nobody announces the uploads to it. */
const BUCKET = 'proof';
const RANGE_BYTES = 4_000_000;
const { dataDir, scratchDir } = theStack();
const ledger = join(scratchDir, 'proof-ledger');
const env = {
  MIDSTATE_TASK_QUEUE_PREFIX: `proof-${randomUUID()}`,
  MIDSTATE_MEMORY_CLASSES: '256',
  MIDSTATE_RANGE_SIZE_BYTES: String(RANGE_BYTES),
  MIDSTATE_READ_LEDGER: ledger,
};

let clients: StackClients;
let worker: RunningCommand;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
  await ensureBucket(clients.s3, BUCKET);
  const args = ['worker', '--workflows', '--memory-class', '256'];
  worker = new RunningCommand(args, userEnvironment(env), join(scratchDir, 'proof-worker.log'));
});

afterAll(async () => {
  await worker.stop();
  await clients.close();
});

async function upload(sizeBytes: number) {
  const [body, key] = [freshBytes(sizeBytes), randomUUID()];
  await putObject(clients.s3, BUCKET, key, body);
  return { body, key, uri: `s3://${BUCKET}/${key}` };
}

async function submit(uri: string, ...options: readonly string[]): Promise<HashObjectResult> {
  const { stdout, stderr } = await midstate(['submit', uri, '--wait', '--json', ...options], { env });
  const [result] = jsonLines(stdout) as [HashObjectResult?];
  if (result === undefined) throw new Error(stderr);
  return result;
}

/** Flips one bit of the object where the S3 server keeps it: ETag and checksums stay what they were. */
async function damage(key: string, atByte: number): Promise<void> {
  const file = await open(join(dataDir, 's3', 'data', BUCKET, key), 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, atByte);
  byte.writeUInt8(byte.readUInt8() ^ 1);
  await file.write(byte, 0, 1, atByte);
  await file.close();
}

describe('a job proves its digests by what S3 holds', () => {
  test.for([
    { what: 'a small object', sizeBytes: 1_000 },
    { what: 'an object of several ranges', sizeBytes: 3 * RANGE_BYTES + 5 },
  ])('$what by its crc64nvme, though only sha1 was asked for, in one read', async ({ sizeBytes }) => {
    const { body, uri } = await upload(sizeBytes);

    const { digests, proof, stats } = await submit(uri);
    const status = await midstate(['status', uri], { env });

    const crc64nvme = await oneShot('crc64nvme', body);
    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(proof).toEqual({ kind: 'stored-checksum', algorithm: 'crc64nvme', value: crc64nvme });
    expect(stats.bytesRead).toBe(sizeBytes);
    expect(status.stdout).toContain(`proved by the crc64nvme that S3 holds, ${crc64nvme}`);
  });

  test.for([
    { what: 'a small object', sizeBytes: 1_000 },
    { what: 'an object of several ranges', sizeBytes: 3 * RANGE_BYTES },
  ])(
    '$what that is damaged fails as CorruptRead, after two reads, and gets no tag',
    async ({ sizeBytes }) => {
      const { key, uri } = await upload(sizeBytes);
      await damage(key, sizeBytes - 1);

      const { code, stdout, stderr } = await midstate(['submit', uri, '--wait', '--publish', 'tags'], {
        env,
      });

      const tags = await clients.s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: key }));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('the bytes read do not have the crc64nvme that S3 holds');
      expect(tags.TagSet).toEqual([]);
    },
  );

  test('an upload in parts by lib-storage, with --prove-parts, by its composite CRC32', async () => {
    const [body, key] = [freshBytes(40_000_000), randomUUID()];
    const onProgress = () => undefined;
    await uploadObject(clients.s3, { bucket: BUCKET, key, body: Readable.from([body]), onProgress });

    const plain = await submit(`s3://${BUCKET}/${key}`);
    const parts = await submit(`s3://${BUCKET}/${key}`, '--prove-parts');

    expect(plain.digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(parts).toMatchObject({
      digests: plain.digests,
      proof: { kind: 'stored-parts', parts: 2 },
      stats: { bytesRead: 2 * body.length },
    });
  });

  test('an upload in parts without checksums, with --prove-parts, by its ETag', async () => {
    const parts = [LEAST_PART_BYTES, LEAST_PART_BYTES + 77, 5].map(freshBytes);
    const { key, etag } = await uploadParts(clients.s3, { bucket: BUCKET, key: randomUUID() }, parts);

    const { proof, digests } = await submit(
      `s3://${BUCKET}/${key}`,
      '--prove-parts',
      '--algorithms',
      'sha256',
    );

    expect(proof).toEqual({ kind: 'stored-parts', algorithm: 'md5', value: etag, parts: 3 });
    expect(digests).toEqual({ sha256: opensslDigest('sha256', Buffer.concat(parts)) });
  });

  test('with --reuse-stored not a byte is read; where S3 holds no answer, the note says so', async () => {
    const { body, uri } = await upload(2 * RANGE_BYTES);
    const before = readLedger(ledger).bytesRead;

    const reused = await submit(uri, '--reuse-stored', '--algorithms', 'crc64nvme');
    const bytesRead = readLedger(ledger).bytesRead - before;
    const hashed = await submit(uri, '--reuse-stored', '--algorithms', 'crc64nvme,md5');

    expect(reused).toMatchObject({
      digests: { crc64nvme: await oneShot('crc64nvme', body) },
      proof: { kind: 'reused-stored' },
      stats: { bytesRead: 0 },
    });
    expect(bytesRead).toBe(0);
    expect(hashed).toMatchObject({
      digests: { md5: opensslDigest('md5', body) },
      notes: ['stored checksums not reused: S3 holds no full object checksum in md5'],
    });
  });

  test('digests that were reused are not taken for hashed: without the option the object is read', async () => {
    const { uri } = await upload(1_000);
    await submit(uri, '--reuse-stored', '--algorithms', 'crc64nvme');

    const { proof, stats } = await submit(uri, '--algorithms', 'crc64nvme');

    expect(proof.kind).toBe('stored-checksum');
    expect(stats.bytesRead).toBe(1_000);
  });

  test('CRCs of several ranges are hashed at once, and proved', async () => {
    const { body, uri } = await upload(5 * RANGE_BYTES + 3);

    const { digests, proof, stats } = await submit(
      uri,
      '--algorithms',
      'crc32,crc64nvme',
      '--parallel-ranges',
      '4',
    );

    expect(digests).toEqual({
      crc32: await oneShot('crc32', body),
      crc64nvme: await oneShot('crc64nvme', body),
    });
    expect(proof.kind).toBe('stored-checksum');
    expect(stats).toMatchObject({ ranges: 6, bytesRead: body.length });
  });
});

describe('midstate hash proves what it prints', () => {
  test('and tells by what, with --json', async () => {
    const { body, uri } = await upload(100_000);

    const { code, stdout } = await midstate(['hash', uri, '--json']);

    expect(code).toBe(0);
    expect(jsonLines(stdout)).toEqual([
      {
        source: uri,
        sizeBytes: 100_000,
        digests: { sha1: opensslDigest('sha1', body) },
        proof: { kind: 'stored-checksum', algorithm: 'crc64nvme', value: await oneShot('crc64nvme', body) },
      },
    ]);
  });

  test('or prints nothing but why, and ends with 1', async () => {
    const { key, uri } = await upload(100_000);
    await damage(key, 50_000);

    for (const options of [[], ['--json']]) {
      const { code, stdout, stderr } = await midstate(['hash', uri, ...options]);

      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^midstate: the bytes read do not have the crc64nvme that S3 holds .*\n$/);
    }
  });

  test('with --prove-parts in the same read; a damaged part is found out', async () => {
    const parts = [LEAST_PART_BYTES, 1_000].map(freshBytes);
    const { key } = await uploadParts(clients.s3, { bucket: BUCKET, key: randomUUID() }, parts, 'SHA256');
    const args = ['hash', `s3://${BUCKET}/${key}`, '--prove-parts', '--json'];

    const right = await midstate(args);
    await damage(key, LEAST_PART_BYTES);
    const wrong = await midstate(args);

    expect(jsonLines(right.stdout)).toMatchObject([
      {
        digests: { sha1: opensslDigest('sha1', Buffer.concat(parts)) },
        proof: { kind: 'stored-parts', algorithm: 'sha256', parts: 2 },
      },
    ]);
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('the bytes read do not have the sha256 that S3 holds');
  });

  test('with --reuse-stored takes what S3 holds, else says why not', async () => {
    const { body, uri } = await upload(1_000);

    const reused = await midstate(['hash', uri, '--reuse-stored', '--algorithms', 'crc64nvme', '--json']);
    const hashed = await midstate(['hash', uri, '--reuse-stored']);

    expect(jsonLines(reused.stdout)).toMatchObject([
      { digests: { crc64nvme: await oneShot('crc64nvme', body) }, proof: { kind: 'reused-stored' } },
    ]);
    expect(hashed).toEqual({
      code: 0,
      stdout: `${opensslDigest('sha1', body)}  ${uri}\n`,
      stderr: 'midstate: stored checksums not reused: S3 holds no full object checksum in sha1\n',
    });
  });

  test.for([
    { args: ['hash', '-', '--prove-parts'], says: 'expected s3://bucket/key' },
    { args: ['hash', `s3://${BUCKET}/x`, '--part-size-bytes', '5'], says: 'together with --prove-parts' },
    {
      args: ['submit', `s3://${BUCKET}/x`, '--prove-parts', '--part-size-bytes', '0'],
      says: 'from 1, got 0',
    },
    { args: ['submit', `s3://${BUCKET}/x`, '--parallel-ranges', '65'], says: '--parallel-ranges' },
  ])('wrong use is explained and ends with 2: $args', async ({ args, says }) => {
    const { code, stderr } = await midstate(args, { input: '' });

    expect(code, stderr).toBe(2);
    expect(stderr).toContain(says);
  });
});
