import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { chunkedBody, cutAt, stallAt } from './s3-shaped/body-faults.js';
import { errorAnswer } from './s3-shaped/answers.js';
import { closesAfterwards, cutBeforeHead, neverAnswers, withHeaders } from './s3-shaped/head-faults.js';
import { LONG_PATIENCE, openReadingStage, type ReadingStage } from './s3-shaped/reading-stage.js';
import { answerWell, type Answer } from './s3-shaped-server.js';

const CHUNK_BYTES = 640;

let stage: ReadingStage;
const warnings: Error[] = [];
const rejections: unknown[] = [];
const onWarning = (warning: Error) => warnings.push(warning);
const onRejection = (reason: unknown) => rejections.push(reason);

beforeEach(async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  process.on('warning', onWarning).on('unhandledRejection', onRejection);
  stage = await openReadingStage(LONG_PATIENCE);
});

afterEach(async () => {
  await stage.close();
  process.off('warning', onWarning).off('unhandledRejection', onRejection);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  expect(warnings.splice(0)).toEqual([]);
  expect(rejections.splice(0)).toEqual([]);
});

/** Reads chunk after chunk with one signal, as an activity does, and returns the bytes. */
async function readMany(
  count: number,
  signal: AbortSignal,
  before: (index: number) => void = () => undefined,
) {
  const { reader, server } = stage;
  const { object } = server;
  const pieces: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    before(index);
    const startByte = index * CHUNK_BYTES;
    const range = { object, startByte, endByteExclusive: startByte + CHUNK_BYTES, signal };
    await reader.read(range, (bytes) => pieces.push(Buffer.from(bytes)));
  }
  return Buffer.concat(pieces);
}

describe('over many chunks', () => {
  // What is handed to the SDK is asked for twice, the first time on a connection that is given up.
  const ways: readonly (readonly [number, string, Answer, number])[] = [
    [1_000, 'taken by the fast path', answerWell, 1],
    [200, 'handed to the SDK', chunkedBody((length) => length, 'well'), 201],
  ];

  test.each(ways)(
    '(%d, %s) no listener, warning or rejection is left',
    async (count, _, answer, connections) => {
      const { server } = stage;
      server.always = answer;
      const { signal } = new AbortController();

      const bytes = await readMany(count, signal);

      expect(bytes.equals(server.bytes.subarray(0, count * CHUNK_BYTES))).toBe(true);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(server.connections).toBe(connections);
    },
  );

  test('of which each fifth breaks, the connections that broke are closed', async () => {
    const { server } = stage;
    const { signal } = new AbortController();
    const half = (length: number) => length >> 1;
    const faults = [cutAt(half), cutBeforeHead, errorAnswer(503, 'SlowDown'), closesAfterwards];
    const count = 200;
    let mostOpen = 0;

    const bytes = await readMany(count, signal, (index) => {
      if (index % 5 === 0) server.next(faults[(index / 5) % faults.length]!);
      mostOpen = Math.max(mostOpen, server.openConnections);
    });

    expect(bytes.equals(server.bytes.subarray(0, count * CHUNK_BYTES))).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(mostOpen).toBeLessThanOrEqual(3);
  });
});

describe('a kept-alive connection', () => {
  const signal = new AbortController().signal;

  test('serves one chunk after the other', async () => {
    await readMany(5, signal);

    expect(stage.server.seenOn).toEqual([0, 0, 0, 0, 0]);
  });

  test('that the server closes while it is idle is replaced, at no failed request', async () => {
    const { server } = stage;
    await readMany(2, signal);
    server.next(closesAfterwards);
    await readMany(1, signal);
    await vi.waitFor(() => {
      expect(server.openConnections).toBe(0);
    });

    await readMany(2, signal);

    expect(server.seenOn).toEqual([0, 0, 0, 1, 1]);
  });

  test('that the server closes on the next request is replaced, and the request sent again', async () => {
    const { server } = stage;
    await readMany(1, signal);
    server.next(cutBeforeHead);

    await readMany(1, signal);

    expect(server.seenOn).toEqual([0, 0, 1]);
  });

  test('of a server that says `connection: close` is not used again', async () => {
    stage.server.always = withHeaders(() => ({ connection: 'close' }));

    await readMany(3, signal);

    expect(stage.server.seenOn).toEqual([0, 1, 2]);
  });
});

describe('a read that is aborted leaves no socket behind', () => {
  test.each([
    ['before the head', neverAnswers],
    ['in the body', stallAt((length) => length >> 1)],
    ['in a body that the SDK reads', chunkedBody((length) => length >> 1, 'well')],
  ])('%s', async (_, answer) => {
    const { server } = stage;
    server.always = answer;
    const controller = new AbortController();
    const reason = new Error('stop now');

    const reading = readMany(1, controller.signal);
    while (server.seen.length === 0) await nextTurn();
    controller.abort(reason);

    await expect(reading).rejects.toBe(reason);
    await vi.waitFor(() => {
      expect(server.openConnections).toBe(0);
    });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
