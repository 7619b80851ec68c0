import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  bodyUntilClose,
  chunkedBody,
  cutAt,
  inPiecesOf,
  longBody,
  pauseAt,
  resetAt,
  shortBody,
  stallAt,
  type Place,
} from './s3-shaped/body-faults.js';
import { errorAnswer, tornHeadAnswer } from './s3-shaped/answers.js';
import { HAS_OPENSSL, TestAuthority, type KeyAndCertificate } from './s3-shaped/certificates.js';
import {
  closesAfterwards,
  cutBeforeHead,
  cutInError,
  cutInHead,
  endlessHead,
  errorPage,
  garbage,
  headByteByByte,
  http10,
  informedFirst,
  neverAnswers,
  resetBeforeHead,
  stallInError,
  stallInHead,
  tricklingHead,
  wholeObject,
  withHeaders,
} from './s3-shaped/head-faults.js';
import {
  LONG_PATIENCE,
  openReadingStage,
  over,
  rangesWith,
  SHORT_PATIENCE,
  SIZE_BYTES,
  STRUCK_CHUNKS,
  type ReadingStage,
} from './s3-shaped/reading-stage.js';
import type { Answer } from './s3-shaped-server.js';

/** No fault of the table may hold a read up for longer. */
const BOUND_MS = 4_000;

interface Fault {
  readonly name: string;
  /** To the first requests of the chunk that is struck; the others are answered well. */
  readonly answers: readonly Answer[];
  /** Where in the chunk each of its requests starts. */
  readonly starts: (length: number) => readonly number[];
  /** It is noticed by waiting. */
  readonly waits?: true;
}

const PLACES: Readonly<Record<string, Place>> = {
  'before the first byte': () => 0,
  'after the first byte': () => 1,
  'half-way': (length) => length >> 1,
  'before the last byte': (length) => length - 1,
};

/** Faults that leave what came before them good: the read goes on from that byte. */
const AT_A_BYTE: readonly Fault[] = Object.entries(PLACES).flatMap(([where, place]) => {
  const resumes = (length: number) => [0, place(length)];
  return [
    { name: `a stall ${where}`, answers: [stallAt(place)], starts: resumes, waits: true },
    { name: `a cut ${where}`, answers: [cutAt(place)], starts: resumes },
    { name: `a reset ${where}`, answers: [resetAt(place)], starts: resumes },
    { name: `a body that ends ${where}, its length right`, answers: [shortBody(place)], starts: resumes },
    {
      name: `a chunked body that ends ${where}`,
      answers: [chunkedBody(place, 'well'), chunkedBody(place, 'well')],
      // The first is the fast path's, which hands such an answer to the SDK: it asks again.
      starts: (length) => [0, 0, place(length)],
    },
    {
      name: `a chunked body that is cut ${where}`,
      answers: [chunkedBody(place, 'cut'), chunkedBody(place, 'cut')],
      starts: (length) => [0, 0, place(length)],
    },
    {
      name: `a body without a length that is cut ${where}`,
      answers: [bodyUntilClose(place), bodyUntilClose(place)],
      starts: (length) => [0, 0, place(length)],
    },
  ];
});

const whole: Place = (length) => length;
const once = () => [0];
const twice = () => [0, 0];
const thrice = () => [0, 0, 0];

/** Faults from which nothing of the chunk is had, or that are none. */
const IN_FULL: readonly Fault[] = [
  { name: 'no answer at all', answers: [neverAnswers], starts: twice, waits: true },
  { name: 'a cut before the head', answers: [cutBeforeHead], starts: twice },
  { name: 'a reset before the head', answers: [resetBeforeHead], starts: twice },
  { name: 'a cut in the head', answers: [cutInHead], starts: twice },
  { name: 'a stall in the head', answers: [stallInHead], starts: twice, waits: true },
  { name: 'a head that never ends', answers: [endlessHead], starts: twice },
  { name: 'a head that trickles for ever', answers: [tricklingHead], starts: twice, waits: true },
  { name: 'a head in two pieces', answers: [tornHeadAnswer], starts: once },
  { name: 'a head byte by byte', answers: [headByteByByte], starts: once },
  {
    name: 'garbage instead of HTTP',
    answers: [garbage('SSH-2.0-OpenSSH_9.9\r\n')],
    starts: twice,
    waits: true,
  },
  { name: 'garbage with an empty line', answers: [garbage('+OK ready\r\n\r\n')], starts: twice },
  { name: 'an answer of HTTP/1.0', answers: [http10], starts: once },
  { name: '100 Continue first', answers: [informedFirst('HTTP/1.1 100 Continue')], starts: twice },
  {
    name: '103 Early Hints first, again and again',
    answers: [informedFirst('HTTP/1.1 103 Early Hints'), informedFirst('HTTP/1.1 103 Early Hints')],
    starts: twice,
  },
  { name: 'a body in many small pieces', answers: [inPiecesOf(997)], starts: once },
  { name: 'a pause shorter than the idle timeout', answers: [pauseAt((n) => n >> 1, 60)], starts: once },
  {
    name: 'a chunked body',
    answers: [chunkedBody(whole, 'well'), chunkedBody(whole, 'well')],
    starts: twice,
  },
  {
    name: 'a body that ends with the connection',
    answers: [bodyUntilClose(whole), bodyUntilClose(whole)],
    starts: twice,
  },
  { name: 'more bytes than announced', answers: [longBody(9, false)], starts: once },
  { name: 'an announced length beyond the range', answers: [longBody(9, true)], starts: twice },
  { name: 'a connection closed without a word', answers: [closesAfterwards], starts: once },
  { name: 'the whole object, once', answers: [wholeObject], starts: twice },
  { name: 'an answer without an ETag, once', answers: [withHeaders(() => ({ etag: '' }))], starts: twice },
  {
    name: 'an answer without its range, once',
    answers: [withHeaders(() => ({ 'content-range': '' }))],
    starts: twice,
  },
  { name: '500', answers: [errorAnswer(500, 'InternalError')], starts: twice },
  {
    name: '503 SlowDown, twice',
    answers: [errorAnswer(503, 'SlowDown'), errorAnswer(503, 'SlowDown')],
    starts: thrice,
  },
  { name: '429', answers: [errorAnswer(429, 'TooManyRequests')], starts: twice },
  { name: '503 with a page instead of a document', answers: [errorPage(503)], starts: twice },
  { name: '503 whose document stalls', answers: [stallInError], starts: twice, waits: true },
  { name: '503 whose document is cut', answers: [cutInError], starts: twice },
  {
    name: '307',
    answers: [errorAnswer(307, 'TemporaryRedirect', { location: 'http://127.0.0.1:1/' })],
    starts: twice,
  },
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
  // The SDK's and the reader's pauses are at their shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  // The addon trusts this authority; Node's sockets, which know it only from Node's start, trust anybody here.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});

afterEach(async () => {
  await stage.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe.each(['http', 'https'] as const)('over %s the range reader gets over', (protocol) => {
  test.skipIf(protocol === 'https' && !HAS_OPENSSL).each([...AT_A_BYTE, ...IN_FULL])(
    '$name, in the first, a middle and the last chunk',
    async ({ answers, starts, waits }) => {
      const patience = waits === true ? SHORT_PATIENCE : LONG_PATIENCE;
      stage = await openReadingStage(patience, protocol === 'https' ? certificate : undefined);
      const { server, readChunks } = stage;

      const {
        sizeBytes,
        sha256: digest,
        failure,
        elapsedMs,
      } = await readChunks((chunk) => {
        if (STRUCK_CHUNKS.includes(chunk)) server.next(...answers);
      });

      expect(failure).toBeUndefined();
      expect(sizeBytes).toBe(SIZE_BYTES);
      expect(digest).toBe(sha256(server.bytes));
      expect(server.rangesSeen).toEqual(rangesWith(starts));
      expect(elapsedMs).toBeLessThan(BOUND_MS);
    },
  );
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
