import type { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HashPartsInput, HashPartsResult } from '../../activities/index.js';
import type { Checkpoint, HashObjectInput, ObjectRef, StoredChecksum } from '../../src/core/contracts.js';
import { selectEngine } from '../../src/hashing/index.js';
import { eventsOf, eventsOfAllRuns, scheduledActivities } from '../setup/histories.js';
import { IMAGINED_CRC, IMAGINED_DIGEST, instantScript } from '../setup/instant-script.js';
import { LEAST_PART_BYTES, uploadParts } from '../setup/multipart-upload.js';
import { freshBytes, opensslDigest } from '../setup/stack-clients.js';
import { WorkflowStage, type Job } from '../setup/workflow-stage.js';
import { oneShot } from '../unit/hashing-engines.js';

const RANGE_BYTES = 1_000_064;
const policy = { rangeSizeBytes: RANGE_BYTES };

/** Two parts of unlike size, and a short one. */
const PART_SIZES = [LEAST_PART_BYTES, LEAST_PART_BYTES + 100_001, 1_000];
const PARTED_BYTES = PART_SIZES.reduce((sum, size) => sum + size, 0);

let stage: WorkflowStage;

beforeAll(async () => {
  stage = await WorkflowStage.open();
});

afterAll(() => stage.close());

async function failureTypeOf(job: Job): Promise<unknown> {
  const error: unknown = await job.result().catch((reason: unknown) => reason);
  return (error as WorkflowFailedError).cause;
}

async function uploadParted(composite?: 'CRC32' | 'SHA256'): Promise<{ object: ObjectRef; body: Buffer }> {
  const parts = PART_SIZES.map(freshBytes);
  const name = { bucket: 'workflow-tests', key: stage.newKey() };
  const object = await uploadParts(stage.clients.s3, name, parts, composite);
  return { object, body: Buffer.concat(parts) };
}

/** Real parts, less what `spoil` makes of them. */
function spoilParts(object: ObjectRef, spoil: (result: HashPartsResult, call: number) => HashPartsResult) {
  const inputs: HashPartsInput[] = [];
  stage.script(object, {
    hashParts: async (input) => {
      const call = inputs.push(input);
      return spoil(await stage.real.hashParts(input), call);
    },
  });
  return inputs;
}

describe('hashObject proves its digests', () => {
  test('by a checksum that nobody asked for, in the same read, across runs, and says so in the proof alone', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);

    const job = await stage.start(object, {
      policy: { ...policy, rangesPerRun: 1, publish: { tags: true } },
    });
    const { digests, proof, published, stats } = await job.result();

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(proof).toEqual({
      kind: 'stored-checksum',
      algorithm: 'crc64nvme',
      value: await oneShot('crc64nvme', body),
    });
    expect(published).toMatchObject([{ status: 'written', detail: 'tags midstate-sha1, midstate-etag' }]);
    expect(stats.bytesRead).toBe(2_500_000);
    const { typedSearchAttributes } = await job.describe();
    const digestsShown = typedSearchAttributes.getAll().find(({ key }) => key.name === 'HashDigests')?.value;
    expect(digestsShown).toEqual([`sha1:${opensslDigest('sha1', body)}`]);
  });

  test('only if every range could: a checkpoint of an earlier release is gone on from all the same', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);
    const earlier = await (await selectEngine()).createHasher(['sha1']);
    earlier.update(body.subarray(0, RANGE_BYTES));
    const resumeFrom: Checkpoint = { object, bytesHashed: RANGE_BYTES, midstates: earlier.midstates() };

    const { digests, proof, stats } = await stage.hash(object, { policy, resumeFrom });

    expect(digests.sha1).toBe(opensslDigest('sha1', body));
    expect(stats.bytesRead).toBe(2_500_000 - RANGE_BYTES);
    expect(proof).toEqual({
      kind: 'none',
      reason:
        'S3 holds crc64nvme (full object), but the hash went on from a checkpoint that has no midstate of it',
    });
  });

  test('also from a checkpoint that holds midstates of more algorithms than are wanted', async () => {
    const body = freshBytes(2_500_000);
    const object = await stage.upload(body);
    const earlier = await (await selectEngine()).createHasher(['md5', 'crc64nvme', 'sha1']);
    earlier.update(body.subarray(0, RANGE_BYTES));
    const resumeFrom: Checkpoint = { object, bytesHashed: RANGE_BYTES, midstates: earlier.midstates() };

    const { digests, proof, stats } = await stage.hash(object, { policy, resumeFrom });

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(proof.kind).toBe('stored-checksum');
    expect(stats.bytesRead).toBe(2_500_000 - RANGE_BYTES);
  });

  test('or fails: a checksum that S3 holds and the bytes do not have is never published', async () => {
    const object = stage.imagine(2 * RANGE_BYTES);
    const stored = { algorithm: 'crc64nvme', value: 'f'.repeat(16), type: 'FULL_OBJECT' } as const;
    stage.script(object, instantScript(object, [stored]));

    const job = await stage.start(object, { policy: { ...policy, publish: { tags: true, sidecar: true } } });

    expect(await failureTypeOf(job)).toMatchObject({ type: 'CorruptRead' });
    expect(stage.callsFor(object).filter((call) => call === 'hashRange')).toHaveLength(4);
    expect(stage.callsFor(object)).not.toContain('publishDigests');
  });
});

describe('hashObject reuses stored checksums', () => {
  const stored: readonly StoredChecksum[] = [
    { algorithm: 'crc64nvme', value: IMAGINED_CRC.crc64nvme, type: 'FULL_OBJECT' },
    { algorithm: 'sha1', value: IMAGINED_DIGEST, type: 'COMPOSITE', parts: 2 },
  ];

  test.for([
    { size: 'large', sizeBytes: 2_500_000 },
    { size: 'small', sizeBytes: 1_000 },
  ])('of a $size object where they answer, and reads no byte', async ({ sizeBytes }) => {
    const body = freshBytes(sizeBytes);
    const object = await stage.upload(body);

    const { digests, proof, stats, verdict, notes } = await stage.hash(object, {
      algorithms: ['crc64nvme'],
      expected: { crc64nvme: await oneShot('crc64nvme', body) },
      policy: { ...policy, reuseStored: true },
    });

    expect(digests).toEqual({ crc64nvme: await oneShot('crc64nvme', body) });
    expect(proof).toEqual({ kind: 'reused-stored', algorithms: ['crc64nvme'] });
    expect(verdict).toBe('match');
    expect(stats.bytesRead).toBe(0);
    expect(notes).toBeUndefined();
    expect(stage.callsFor(object)).not.toContain('hashRange');
  });

  test('never on its own, and where they do not answer it hashes and says why', async () => {
    const [plain, asked] = [stage.imagine(2 * RANGE_BYTES), stage.imagine(2 * RANGE_BYTES)];
    for (const object of [plain, asked]) stage.script(object, instantScript(object, stored));

    const read = await stage.hash(plain, { algorithms: ['crc64nvme'], policy });
    const hashed = await stage.hash(asked, {
      algorithms: ['crc64nvme', 'sha1'],
      policy: { ...policy, reuseStored: true },
    });

    expect(read.stats.bytesRead).toBe(2 * RANGE_BYTES);
    expect(hashed).toMatchObject({
      digests: { crc64nvme: IMAGINED_CRC.crc64nvme, sha1: IMAGINED_DIGEST },
      proof: { kind: 'stored-checksum' },
      stats: { bytesRead: 2 * RANGE_BYTES },
      notes: ['stored checksums not reused: S3 holds no full object checksum in sha1'],
    });
  });
});

describe('hashObject proves the parts of an object', () => {
  const withParts = (input: Partial<HashObjectInput> = {}): Partial<HashObjectInput> => ({
    ...input,
    policy: { ...policy, ...input.policy, proveParts: true },
  });

  test.for([
    { what: 'the composite CRC32', composite: 'CRC32', algorithm: 'crc32' },
    { what: 'the composite SHA-256', composite: 'SHA256', algorithm: 'sha256' },
    { what: 'the multipart ETag', composite: undefined, algorithm: 'md5' },
  ] as const)('by $what, in a second read that a CRC ties to the first', async ({ composite, algorithm }) => {
    const { object, body } = await uploadParted(composite);

    const job = await stage.start(object, withParts());
    const { digests, proof, stats, notes } = await job.result();

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(proof).toMatchObject({ kind: 'stored-parts', algorithm, parts: 3 });
    if (algorithm === 'md5') expect(proof).toMatchObject({ value: object.etag });
    expect(stats.bytesRead).toBe(2 * PARTED_BYTES);
    expect(notes).toBeUndefined();
    const scheduled = scheduledActivities(await eventsOf(job));
    expect(scheduled.filter(({ type }) => type === 'hashParts')).toMatchObject([
      { taskQueue: `${stage.taskQueuePrefix}-256`, summary: 'parts 1 to 1 of 3 · 256 MB' },
      { summary: 'parts 2 to 2 of 3 · 256 MB' },
      { summary: 'parts 3 to 3 of 3 · 256 MB' },
    ]);
  });

  test('in the one read there is, where every algorithm can be combined', async () => {
    const { object, body } = await uploadParted('SHA256');

    const result = await stage.hash(object, withParts({ algorithms: ['crc64nvme', 'crc32'] }));

    expect(result).toMatchObject({
      digests: { crc64nvme: await oneShot('crc64nvme', body), crc32: await oneShot('crc32', body) },
      proof: { kind: 'stored-parts', algorithm: 'sha256', parts: 3 },
      stats: { bytesRead: PARTED_BYTES, ranges: 3 },
    });
    expect(stage.callsFor(object)).not.toContain('hashRange');
  });

  test.for([
    { how: 'both reads', algorithms: ['sha1'], bytesRead: 2 * PARTED_BYTES },
    { how: 'the only read', algorithms: ['crc32c'], bytesRead: PARTED_BYTES },
  ] as const)('across runs, in $how', async ({ algorithms, bytesRead }) => {
    const { object, body } = await uploadParted('CRC32');
    const rangeSizeBytes = LEAST_PART_BYTES;

    const job = await stage.start(
      object,
      withParts({ algorithms, policy: { rangeSizeBytes, rangesPerRun: 2 } }),
    );
    const { digests, proof, stats } = await job.result();

    const runs = await eventsOfAllRuns(stage.clients.temporal, job.workflowId);
    const [algorithm] = algorithms;
    expect(digests).toEqual({ [algorithm]: await oneShot(algorithm, body) });
    expect(proof).toMatchObject({ kind: 'stored-parts', algorithm: 'crc32' });
    expect(stats.bytesRead).toBe(bytesRead);
    expect(runs.length).toBeGreaterThan(1);
    expect(stage.callsFor(object).filter((call) => call === 'describeParts')).toHaveLength(1);
  });

  test('of an object smaller than a chunk too', async () => {
    const name = { bucket: 'workflow-tests', key: stage.newKey() };
    const object = await uploadParts(stage.clients.s3, name, [freshBytes(1_000)], 'CRC32');

    const { proof } = await stage.hash(object, { policy: { proveParts: true } });

    expect(object.etag).toMatch(/-1$/);
    expect(proof).toMatchObject({ kind: 'stored-parts', algorithm: 'crc32', parts: 1 });
  });

  test.for([
    { times: 1, end: 'hashed' },
    { times: 2, end: 'CorruptRead' },
  ])('parts read wrongly $times time(s) end as $end', async ({ times, end }) => {
    const { object } = await uploadParted();
    let wrong = 0;
    spoilParts(object, (result, call) =>
      call % 3 === 1 && wrong++ < times ? { ...result, partDigests: 'f'.repeat(32) } : result,
    );

    const job = await stage.start(object, withParts({ policy: { publish: { tags: true } } }));
    const ended = times === 1 ? (await job.result()).outcome : await failureTypeOf(job);

    if (times === 1) expect(ended).toBe(end);
    else expect(ended).toMatchObject({ type: end });
    expect(stage.callsFor(object).includes('publishDigests')).toBe(times === 1);
  });

  test('bytes that differ between the two reads are found out, though the parts are those stored', async () => {
    const { object } = await uploadParted();
    spoilParts(object, (result) => ({ ...result, combined: { crc64nvme: 'f'.repeat(16) } }));

    const failure = await failureTypeOf(await stage.start(object, withParts()));

    expect(failure).toMatchObject({
      type: 'CorruptRead',
      message: expect.stringContaining('two reads of the object differ') as string,
    });
  });

  test('not where S3 says that they prove nothing: the note tells why', async () => {
    const object = { ...stage.imagine(2 * RANGE_BYTES), etag: `${'ab'.repeat(16)}-2` };
    const { describeObject: _, ...script } = instantScript(object);
    stage.script(object, {
      ...script,
      describeObject: () =>
        Promise.resolve({
          object,
          storageClass: 'STANDARD',
          storedChecksums: [],
          isSidecar: false,
          encryption: 'aws:kms',
        }),
    });

    const { digests, proof, notes } = await stage.hash(object, withParts());

    expect(digests).toEqual({ sha1: IMAGINED_DIGEST });
    expect(proof).toEqual({ kind: 'none', reason: 'S3 holds no checksum of this object' });
    expect(notes).toEqual(['parts not proved: the ETag of an object encrypted with aws:kms is no MD5']);
  });

  test('an object in one piece is proved by its ETag, if S3 holds nothing better', async () => {
    const body = freshBytes(1_000);
    const object = await stage.upload(body);
    stage.script(object, {
      describeObject: async (input) => ({ ...(await stage.real.describeObject(input)), storedChecksums: [] }),
    });

    const { digests, proof, notes } = await stage.hash(object, withParts());

    expect(digests).toEqual({ sha1: opensslDigest('sha1', body) });
    expect(proof).toEqual({ kind: 'stored-etag', algorithm: 'md5', value: opensslDigest('md5', body) });
    expect(notes).toBeUndefined();
  });
});
