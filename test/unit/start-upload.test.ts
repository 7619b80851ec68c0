import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import type { DigestMemory } from '../../src/core/ports.js';
import { compareSequencers } from '../../src/core/sequencer.js';
import { tryParseDigest } from '../../src/core/parse-digest.js';
import type { UploadEvent } from '../../src/ingest/events/message-contents.js';
import { createPinUpload } from '../../src/ingest/pin-upload.js';
import { INGEST_POLICY } from '../../src/ingest/policy/ingest-policy.js';
import { createFindExpected } from '../../src/ingest/policy/find-expected.js';
import { createRecallDigests } from '../../src/ingest/recall-digests.js';
import { createStartUpload, type StartUploadDependencies } from '../../src/ingest/start-upload.js';
import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { FakeS3 } from '../fakes/fake-s3.js';

const SHA1 = 'a'.repeat(40);
const SHA256 = 'b'.repeat(64);

let s3: FakeS3;
let started: HashObjectInput[];
let findSequencer: ReturnType<typeof vi.fn<(object: unknown) => Promise<string | undefined>>>;

beforeEach(() => {
  s3 = new FakeS3();
  s3.createBucket('plain');
  s3.createBucket('versioned', 'enabled');
  started = [];
  findSequencer = vi.fn(() => Promise.resolve(undefined));
});

function starter(deps: Partial<StartUploadDependencies> = {}) {
  return createStartUpload({
    policy: () => undefined,
    defaults: { algorithms: ['sha1'], policyOf: () => ({ taskQueuePrefix: 'p' }) },
    pin: createPinUpload({ store: () => Promise.resolve(createFakeObjectStore(s3)), findSequencer }),
    findExpected: () => Promise.resolve({}),
    start: (input) => {
      started.push(input);
      return Promise.resolve({ workflowId: `hash:${input.object.key}`, isNew: true });
    },
    ...deps,
  });
}

function event(object: UploadEvent['object'], source: Partial<UploadEvent['source']> = {}): UploadEvent {
  return { object, source: { kind: 's3-event', sequencer: '0A', ...source } };
}

function byHand(object: UploadEvent['object']): UploadEvent {
  return { object, source: { kind: 'submit' } };
}

function policyOf(...rules: object[]) {
  const policy = INGEST_POLICY.parse({ version: 1, rules });
  return { policy: () => policy };
}

describe('an upload whose event tells its version', () => {
  test.each([
    ['a version id', { bucket: 'versioned', key: 'k', versionId: 'v1' }],
    ['ETag and sequencer', { bucket: 'plain', key: 'k', etag: 'e' }],
  ])('by %s is started without a question to S3', async (_, object) => {
    const upload = event(object);

    expect(await starter()(upload)).toEqual({ upload, kind: 'started', workflowId: 'hash:k' });
    expect(started).toEqual([{ ...upload, algorithms: ['sha1'], policy: { taskQueuePrefix: 'p' } }]);
    expect(s3.calls).toEqual([]);
    expect(findSequencer).not.toHaveBeenCalled();
  });

  test('and whose job is there already is found', async () => {
    const start = () => Promise.resolve({ workflowId: 'w', isNew: false });

    expect(await starter({ start })(event({ bucket: 'plain', key: 'k', etag: 'e' }))).toMatchObject({
      kind: 'found',
      workflowId: 'w',
    });
  });
});

describe('an upload that does not tell its version', () => {
  test('in a versioned bucket is pinned to the version there is', async () => {
    const object = s3.put('versioned', 'k', 'abc');

    await starter()(byHand({ bucket: 'versioned', key: 'k' }));

    expect(started[0]?.object).toEqual(object);
    expect(findSequencer).not.toHaveBeenCalled();
  });

  test('elsewhere gets the sequencer under which its event was started, and so its job', async () => {
    const object = s3.put('plain', 'k', 'abc');
    findSequencer.mockResolvedValue('0C');

    await starter()(byHand({ bucket: 'plain', key: 'k' }));

    expect(started[0]).toMatchObject({ object, source: { kind: 'submit', sequencer: '0C' } });
    expect(findSequencer).toHaveBeenCalledExactlyOnceWith(object);
  });

  test('and that no event told of is started on its own', async () => {
    const object = s3.put('plain', 'k', 'abc');

    await starter()(byHand({ bucket: 'plain', key: 'k' }));

    expect(started[0]).toMatchObject({ object, source: { kind: 'submit' } });
    expect(started[0]?.source).not.toHaveProperty('sequencer');
  });

  test('of an object that is not there is gone', async () => {
    expect(await starter()(byHand({ bucket: 'plain', key: 'none' }))).toMatchObject({ kind: 'gone' });
    expect(started).toEqual([]);
  });

  test('of an ETag that is not there now is superseded', async () => {
    s3.put('plain', 'k', 'abc');

    const outcome = await starter()(byHand({ bucket: 'plain', key: 'k', etag: 'other' }));

    expect(outcome.kind).toBe('superseded');
    expect(started).toEqual([]);
  });

  test('fails as S3 does, for everything else', async () => {
    s3.beforeNext('describe', () => {
      throw new MidstateError('AccessDenied', 'no');
    });

    await expect(starter()(byHand({ bucket: 'plain', key: 'k' }))).rejects.toMatchObject({
      failure: 'AccessDenied',
    });
  });
});

describe('the policy', () => {
  const object = { bucket: 'plain', key: 'video/k', etag: 'e', sizeBytes: 10 };

  test('keeps an object out of its scope from its start, and says why', async () => {
    const outcome = await starter(policyOf({ bucket: 'other' }))(event(object));

    expect(outcome).toMatchObject({ kind: 'out-of-scope', reason: 'no rule of the policy names it' });
    expect(started).toEqual([]);
  });

  test('says how an object is hashed', async () => {
    const rule = { bucket: 'plain', algorithms: ['sha256'], publish: ['sidecar'], memoryClassMB: 1024 };

    await starter(policyOf(rule))(event(object));

    expect(started[0]).toMatchObject({
      algorithms: ['sha256'],
      policy: { taskQueuePrefix: 'p', publish: { tags: false, sidecar: true }, memoryClassMB: 1024 },
    });
  });

  test('of sizes asks S3 for a size that the event does not tell', async () => {
    const { etag } = s3.put('plain', 'k', 'abc');
    const { policy } = policyOf({ bucket: 'plain', maxSizeBytes: 2 });

    const outcome = await starter({ policy })(event({ bucket: 'plain', key: 'k', etag }));

    expect(outcome).toMatchObject({
      kind: 'out-of-scope',
      reason: expect.stringMatching(/3 bytes/) as string,
    });
  });

  test('hands on what the owner expects, and computes that too', async () => {
    const { policy } = policyOf({ bucket: 'plain', expected: { metadata: { sha256: 'x' } } });
    const findExpected = () => Promise.resolve({ sha256: SHA256 });

    await starter({ policy, findExpected })(event(object));

    expect(started[0]).toMatchObject({ algorithms: ['sha1', 'sha256'], expected: { sha256: SHA256 } });
  });
});

describe('what the owner expects', () => {
  const rule = INGEST_POLICY.parse({
    version: 1,
    rules: [
      { bucket: 'plain', expected: { metadata: { sha1: 'Sum-1', md5: 'sum-5' }, manifest: { sha256: 'm' } } },
    ],
  });
  const finder = (metadata: Record<string, string>, log = vi.fn()) => ({
    log,
    find: createFindExpected({
      loaded: () => ({
        policy: rule,
        files: [],
        manifests: new Map([['sha256:m', new Map([['k', SHA256]])]]),
      }),
      readMetadata: () => Promise.resolve(metadata),
      log,
    }),
  });
  const upload = event({ bucket: 'plain', key: 'k', etag: 'e' });

  test('is read from its metadata, in hex or base64, and from its manifest', async () => {
    const md5 = Buffer.alloc(16, 7);
    const { find } = finder({ 'sum-1': SHA1.toUpperCase(), 'sum-5': md5.toString('base64') });

    expect(await find(upload, rule.rules[0]!)).toEqual({
      sha1: SHA1,
      md5: md5.toString('hex'),
      sha256: SHA256,
    });
  });

  test('and is no digest is logged, and not expected', async () => {
    const { find, log } = finder({ 'sum-1': 'nonsense' });

    expect(await find(upload, rule.rules[0]!)).toEqual({ sha256: SHA256 });
    expect(log).toHaveBeenCalledExactlyOnceWith(
      'expected digest not understood',
      expect.objectContaining({
        key: 'k',
        reason: 'metadata Sum-1: expected a sha1 digest, got nonsense',
      }),
    );
  });

  test.each([
    ['crc32', Buffer.from([0, 1, 2, 255]).toString('base64'), '000102ff'],
    ['crc32', 'ABCDEF01', 'abcdef01'],
    ['crc32', 'ABCDEF0', undefined],
    ['sha1', '', undefined],
    ['sha1', ' \n', undefined],
    ['sha256', Buffer.alloc(32, 250).toString('base64'), 'fa'.repeat(32)],
  ] as const)('%s %j is %s', (algorithm, text, digest) => {
    expect(tryParseDigest(algorithm, text)).toBe(digest);
  });
});

describe('what is remembered', () => {
  const DAY_MS = 86_400_000;
  const now = () => Date.parse('2026-03-01T00:00:00Z');
  const object = { bucket: 'plain', key: 'k', etag: 'e' };

  function recalling(memory: DigestMemory['read']) {
    const read = vi.fn(memory);
    return { read, start: starter({ recall: createRecallDigests({ read }, 7 * DAY_MS, now) }) };
  }

  test('of an event that Temporal may have forgotten is taken in place of a hash', async () => {
    const { start, read } = recalling(() => Promise.resolve({ digests: { sha1: SHA1 }, where: 'tags' }));

    const outcome = await start(event(object, { eventTime: '2026-02-01T00:00:00Z' }));

    expect(outcome).toMatchObject({
      kind: 'remembered',
      remembered: { where: 'tags', digests: { sha1: SHA1 } },
    });
    expect(read).toHaveBeenCalledExactlyOnceWith(object, ['sha1']);
    expect(started).toEqual([]);
  });

  test('is not asked for while Temporal remembers', async () => {
    const { start, read } = recalling(() => Promise.resolve({ digests: { sha1: SHA1 }, where: 'tags' }));

    await start(event(object, { eventTime: '2026-02-23T00:00:00Z' }));

    expect(read).not.toHaveBeenCalled();
    expect(started).toHaveLength(1);
  });

  test('is asked for where the event has no time; nothing remembered is hashed', async () => {
    const { start, read } = recalling(() => Promise.resolve(undefined));

    await start(event(object));

    expect(read).toHaveBeenCalled();
    expect(started).toHaveLength(1);
  });
});

describe('sequencers', () => {
  test.each([
    ['0055AED6DCD90281E5', '0055AED6DCD90281E6', -1],
    ['0055AED6DCD90281E6', '0055AED6DCD90281E5', 1],
    ['FF', '0100', -1],
    ['100', 'FF', 1],
    ['00ab', 'AB', 0],
  ])('%s and %s compare as the documentation says', (a, b, order) => {
    expect(compareSequencers(a, b)).toBe(order);
  });
});
