import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HttpListener } from '../../src/listen-http.js';
import { startCodecServer } from '../../src/temporal/payloads/codec-server.js';
import { EncryptingCodec } from '../../src/temporal/payloads/encrypting-codec.js';
import { parsePayloadKeys } from '../../src/temporal/payloads/payload-keys.js';

const ORIGIN = 'http://localhost:8233';
const PLAIN = {
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from('"s3://bucket/key"').toString('base64'),
};

let server: HttpListener;

beforeAll(async () => {
  const keys = await parsePayloadKeys(`k1 ${randomBytes(32).toString('base64')}`, 'keys', () =>
    Promise.reject(new Error('no KMS here')),
  );
  server = await startCodecServer({
    address: { host: '127.0.0.1', port: 0 },
    origin: ORIGIN,
    codec: new EncryptingCodec(keys),
  });
});

afterAll(() => server.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

test('what it encodes it decodes, in the form that the Web UI sends', async () => {
  const encoded = (await (await post('/encode', { payloads: [PLAIN] })).json()) as { payloads: unknown[] };
  expect(JSON.stringify(encoded)).not.toContain(PLAIN.data);
  const decoded = await post('/decode', encoded, { origin: ORIGIN, 'x-namespace': 'default' });
  expect(decoded.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(await decoded.json()).toEqual({ payloads: [PLAIN] });
});

test('a browser is told before it asks that the Web UI’s pages may', async () => {
  const answer = await fetch(`${server.url}/decode`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-headers')).toContain('x-namespace');
});

test('a page of another origin is refused', async () => {
  const answer = await post('/decode', { payloads: [PLAIN] }, { origin: 'https://evil.example' });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test.each([
  ['/decode', 'no JSON', 400],
  ['/decode', {}, 400],
  ['/other', { payloads: [] }, 404],
])('%s with %j is answered with an error', async (path, body, status) => {
  const answer = await post(path, body);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toHaveProperty('message');
});

test('a payload that cannot be decrypted says why', async () => {
  const forged = {
    metadata: {
      encoding: Buffer.from('binary/encrypted').toString('base64'),
      'encryption-key-id': Buffer.from('k9').toString('base64'),
    },
    data: '',
  };
  const answer = await post('/decode', { payloads: [forged] });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { message: string }).message).toContain('key "k9"');
});
