import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AnswerFault } from '../../chaos/faults.js';
import { AnswerProxy } from '../../chaos/stage/answer-proxy.js';
import { choosePorts } from '../../src/local/ports.js';

const BODY = Buffer.alloc(300_000, 'midstate');

let s3: Server;
let proxy: AnswerProxy;
let url: string;

beforeAll(async () => {
  s3 = createServer((_, response) => {
    response.writeHead(200, { 'content-length': String(BODY.length) }).end(BODY);
  }).listen(0, '127.0.0.1');
  await once(s3, 'listening');
  const port = (await choosePorts('free')).s3;
  proxy = await AnswerProxy.open(`http://127.0.0.1:${(s3.address() as AddressInfo).port}`, port);
  url = `http://127.0.0.1:${port}/bucket/folder/a%20key`;
});

afterEach(() => {
  proxy.disarm();
});

afterAll(async () => {
  await proxy.close();
  s3.close();
});

function arm(what: AnswerFault): { readonly struck: string[] } {
  const struck: string[] = [];
  proxy.arm({ what, place: 0.5, onStruck: ({ key }) => struck.push(key) });
  return { struck };
}

async function get(timeoutMs = 5_000): Promise<{ status: number; body: Buffer; isWell: boolean }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body, isWell: body.equals(BODY) };
}

describe('S3 with faults', () => {
  test('answers as the server does while nothing is armed', async () => {
    expect((await get()).isWell).toBe(true);
  });

  test.each(['500', '503', '429'] as const)('answers %s once', async (what) => {
    const { struck } = arm(what);

    expect((await get()).status).toBe(Number(what));
    expect(struck).toEqual(['folder/a key']);
    expect((await get()).isWell).toBe(true);
  });

  test.each(['truncated', 'broken-off'] as const)('sends a body that is %s', async (what) => {
    const { struck } = arm(what);

    await expect(get()).rejects.toThrow();
    expect(struck).toHaveLength(1);
    expect((await get()).isWell).toBe(true);
  });

  test('sends a body that stands still, for as long as the client waits', async () => {
    const { struck } = arm('stands-still');

    await expect(get(500)).rejects.toThrow();
    expect(struck).toHaveLength(1);
  });

  test('flips one bit of a body, and never of that key again', async () => {
    arm('corrupted');
    const { struck: again } = arm('corrupted');

    const { body } = await get();
    const second = await get();

    const different = [...body].filter((byte, index) => byte !== BODY[index]);
    expect(body).toHaveLength(BODY.length);
    expect(different).toHaveLength(1);
    expect(second.isWell).toBe(true);
    expect(again).toEqual([]);
  });
});
