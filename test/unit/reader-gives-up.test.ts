import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError, type FailureName } from '../../src/core/failures.js';
import { errorAnswer } from './s3-shaped/answers.js';
import { chunkedBody, cutAt, longBody, resetAt, shortBody, stallAt } from './s3-shaped/body-faults.js';
import { HAS_OPENSSL, TestAuthority, type KeyAndCertificate } from './s3-shaped/certificates.js';
import {
  cutBeforeHead,
  cutInHead,
  endlessHead,
  errorPage,
  garbage,
  neverAnswers,
  resetBeforeHead,
  stallInError,
  wholeObject,
  withHeaders,
} from './s3-shaped/head-faults.js';
import {
  boundsOf,
  CHUNK_COUNT,
  MAX_FAULTS,
  LONG_PATIENCE,
  openReadingStage,
  over,
  SHORT_PATIENCE,
  SIZE_BYTES,
  type ReadingStage,
} from './s3-shaped/reading-stage.js';
import type { Answer } from './s3-shaped-server.js';

const BOUND_MS = 10_000;
/** The SDK's own attempts at one request. */
const SDK_ATTEMPTS = 3;

interface Fault {
  readonly name: string;
  /** To every request from the chunk on that is struck. */
  readonly always: Answer;
  readonly failure: FailureName;
  /** Requests of the struck chunk before the reader gives up. */
  readonly requests: number;
  /**
   * It may be the fault of a connection that was closed meanwhile, or of a signature made for an earlier chunk: behind
   * the first chunk it costs one request more.
   */
  readonly looksStale?: boolean;
  readonly says?: RegExp;
  /** It is noticed by waiting. */
  readonly waits?: true;
}

const none = () => 0;

/** Answers that mean what they say: nothing is tried again. */
const FOR_GOOD: readonly Fault[] = (
  [
    [403, 'AccessDenied', 'AccessDenied'],
    [403, 'SignatureDoesNotMatch', 'AccessDenied'],
    [403, 'InvalidObjectState', 'Archived'],
    [404, 'NoSuchKey', 'ObjectGone'],
    [404, 'NoSuchVersion', 'ObjectGone'],
    [404, 'NoSuchBucket', 'BucketNotFound'],
    [405, 'MethodNotAllowed', 'ObjectGone'],
    [412, 'PreconditionFailed', 'ObjectChanged'],
    [416, 'InvalidRange', 'ObjectChanged'],
    [400, 'KMS.DisabledException', 'KmsDenied'],
    [301, 'PermanentRedirect', 'InvalidInput'],
    [302, 'Found', 'InvalidInput'],
    [407, 'ProxyAuthenticationRequired', 'AccessDenied'],
  ] as const
).map(([status, code, failure]) => ({
  name: `${status} ${code}`,
  always: errorAnswer(status, code),
  failure,
  requests: 1,
  looksStale: ![404, 412, 416].includes(status),
  says: new RegExp(`status=${status}, code=${code}`),
}));

const OTHER_OBJECT: readonly Fault[] = [
  {
    name: 'another ETag',
    always: withHeaders(() => ({ etag: '"other"' })),
    failure: 'ObjectChanged',
    requests: 1,
    says: /actual=bytes \S+ of other\]/,
  },
  {
    name: 'another size',
    always: withHeaders((good) => ({ 'content-range': `${good['content-range']}9` })),
    failure: 'ObjectChanged',
    requests: 1,
  },
  {
    name: 'an ETag that changes at a chunk, If-Match respected',
    always: (response, request, server) => {
      server.bytes = randomBytes(SIZE_BYTES);
      server.always = errorAnswer(412, 'PreconditionFailed');
      server.always(response, request, server);
    },
    failure: 'ObjectChanged',
    requests: 1,
  },
  {
    name: 'an ETag that changes at a chunk, If-Match ignored',
    always: (response, request, server) => {
      server.bytes = randomBytes(SIZE_BYTES);
      server.head(response, request);
      response.end(server.body(request));
    },
    failure: 'ObjectChanged',
    requests: 1,
  },
];

const unavailable = (name: string, always: Answer, requests: number, says?: RegExp): Fault => ({
  name: `${name}, for ever`,
  always,
  failure: 'StoreUnavailable',
  requests,
  ...(says === undefined ? {} : { says }),
});

const looksStale = (...fault: Parameters<typeof unavailable>): Fault => ({
  ...unavailable(...fault),
  looksStale: true,
});

const waits = (...fault: Parameters<typeof unavailable>): Fault => ({
  ...unavailable(...fault),
  waits: true,
});

/** Faults that pass, as a rule, and here do not. */
const NOT_PASSING: readonly Fault[] = [
  unavailable('500', errorAnswer(500, 'InternalError'), MAX_FAULTS * SDK_ATTEMPTS, /status=500/),
  unavailable('503', errorAnswer(503, 'SlowDown'), MAX_FAULTS * SDK_ATTEMPTS, /status=503, code=SlowDown/),
  unavailable('429', errorAnswer(429, 'TooManyRequests'), MAX_FAULTS * SDK_ATTEMPTS, /status=429/),
  unavailable('a page that says 502', errorPage(502), MAX_FAULTS * SDK_ATTEMPTS, /status=502/),
  looksStale('307', errorAnswer(307, 'TemporaryRedirect'), MAX_FAULTS, /status=307/),
  waits('no answer', neverAnswers, MAX_FAULTS * SDK_ATTEMPTS, /no answer|ETIMEDOUT/),
  waits('a stall in an error', stallInError, MAX_FAULTS * SDK_ATTEMPTS),
  waits('a stall before the first byte', stallAt(none), MAX_FAULTS, /no byte for \d+ ms/),
  unavailable('a cut before the first byte', cutAt(none), MAX_FAULTS, /code=ECONNRESET/),
  unavailable('a reset before the first byte', resetAt(none), MAX_FAULTS, /code=ECONNRESET/),
  unavailable('no bytes in a body', shortBody(none), MAX_FAULTS, /the body ended \d+ bytes early/),
  unavailable('no bytes in a chunked body', chunkedBody(none, 'well'), 2 * MAX_FAULTS, /bytes early/),
  unavailable('more bytes announced than the range has', longBody(5, true), MAX_FAULTS, /bytes long\]/),
  looksStale('a cut before the head', cutBeforeHead, MAX_FAULTS * SDK_ATTEMPTS, /code=ECONNRESET/),
  looksStale('a cut in the head', cutInHead, MAX_FAULTS * SDK_ATTEMPTS, /code=ECONNRESET/),
  looksStale('a reset before the head', resetBeforeHead, MAX_FAULTS * SDK_ATTEMPTS, /code=ECONNRESET/),
  looksStale('a head without end', endlessHead, MAX_FAULTS, /code=EPROTO/),
  looksStale('garbage', garbage('+OK ready\r\n\r\n'), MAX_FAULTS, /not .*HTTP.*code=EPROTO/),
  unavailable('the whole object', wholeObject, MAX_FAULTS, /actual=no Content-Range/),
  unavailable(
    'no ETag',
    withHeaders(() => ({ etag: '' })),
    MAX_FAULTS,
    /no ETag/,
  ),
  unavailable(
    'another range',
    withHeaders(() => ({ 'content-range': `bytes 1-2/${SIZE_BYTES}` })),
    MAX_FAULTS,
  ),
];

let authority: TestAuthority | undefined;
let certificate: KeyAndCertificate | undefined;
let stage: ReadingStage;

beforeAll(() => {
  if (!HAS_OPENSSL) return;
  authority = new TestAuthority();
  certificate = authority.issue('IP:127.0.0.1');
  over.trust = { extraCertificatesFile: authority.certificateFile };
});

afterAll(() => authority?.dispose());

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  // The addon trusts this authority; Node's sockets, which know it only from Node's start, trust anybody here.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});

afterEach(async () => {
  await stage.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const STRUCK = { first: 0, middle: 2, last: CHUNK_COUNT - 1 };

describe.each(['http', 'https'] as const)('over %s the range reader gives up', (protocol) => {
  const runs = test.skipIf(protocol === 'https' && !HAS_OPENSSL);

  describe.each(Object.entries(STRUCK))('in the %s chunk', (_, struck) => {
    runs.each([...FOR_GOOD, ...OTHER_OBJECT])('on $name: $failure', (fault) =>
      expectEnd(fault, struck, protocol),
    );
  });

  // At which chunk they strike makes no difference to a read that gets over them: reader-recovers.test.ts.
  runs.each(NOT_PASSING)('on $name: $failure', (fault) => expectEnd(fault, STRUCK.middle, protocol));
});

/** Reads an object whose chunk `struck` has the fault, and expects the read to end there as the fault says. */
async function expectEnd(
  { always, looksStale: isStale = false, ...fault }: Fault,
  struck: number,
  protocol: 'http' | 'https',
): Promise<void> {
  const patience = fault.waits === true ? SHORT_PATIENCE : LONG_PATIENCE;
  stage = await openReadingStage(patience, protocol === 'https' ? certificate : undefined);
  const { server, readChunks } = stage;
  const original = server.bytes;
  const [startByte, endByteExclusive] = boundsOf(struck);

  const { bytes, failure, elapsedMs } = await readChunks((chunk) => {
    if (chunk === struck) server.always = always;
  });

  expect(failure).toBeInstanceOf(MidstateError);
  const { failure: actual, message } = failure as MidstateError;
  expect(actual).toBe(fault.failure);
  expect(message).toContain(`[bucket=bucket, key=key, range=${startByte}-${endByteExclusive - 1}`);
  expect(message).toMatch(fault.says ?? /./);
  expect(bytes.equals(original.subarray(0, startByte))).toBe(true);
  expect(server.seen.length - struck).toBe(fault.requests + (isStale && struck > 0 ? 1 : 0));
  expect(elapsedMs).toBeLessThan(BOUND_MS);
}
