import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HAS_OPENSSL, TestAuthority } from './s3-shaped/certificates.js';
import { withHeaders } from './s3-shaped/head-faults.js';
import { S3ShapedServer } from './s3-shaped-server.js';

// These tests run what was built: `npm test` builds first.
const READ_OBJECT = fileURLToPath(new URL('s3-shaped/read-object.mjs', import.meta.url));
const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));

const SIZE = 500_000;
const CHUNK_BYTES = 100_096;
const CHUNKS = 5;
const CA_ADVICE = 'add its authority with NODE_EXTRA_CA_CERTS, and check the endpoint’s name';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let authority: TestAuthority;
let server: S3ShapedServer;

beforeAll(() => {
  if (HAS_OPENSSL) authority = new TestAuthority();
});

afterAll(() => {
  if (HAS_OPENSSL) authority.dispose();
});

beforeEach(() => {
  server = new S3ShapedServer(randomBytes(SIZE));
});

afterEach(async () => {
  await server.stop();
});

/** Starts the server with a certificate for `names`, and returns the endpoint by `host`. */
async function serve(host: string, ...names: string[]): Promise<string> {
  const url = await server.start(authority.issue(...names));
  return url.replace('127.0.0.1', host);
}

/** Runs a program with nothing in its environment but what an S3 client needs. */
function run(program: string, args: readonly string[], endpoint: string, isTrusted: boolean): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...(isTrusted ? { NODE_EXTRA_CA_CERTS: authority.certificateFile } : {}),
  };
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** Reads the object by the fast path, in a process of its own. */
async function read(endpoint: string, isTrusted = true) {
  const args = [READ_OBJECT, JSON.stringify({ object: server.object, chunkBytes: CHUNK_BYTES })];
  const { code, stdout, stderr } = await run(process.execPath, args, endpoint, isTrusted);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as { sha256: string; failure?: { name: string; message: string } };
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!HAS_OPENSSL)('with an authority of NODE_EXTRA_CA_CERTS', () => {
  test.each([
    ['localhost', 'DNS:localhost', 'localhost'],
    ['127.0.0.1', 'IP:127.0.0.1', undefined],
  ])('an endpoint of https://%s is read, all chunks on one connection', async (host, name, serverName) => {
    const { sha256: digest, failure } = await read(await serve(host, name));

    expect(failure).toBeUndefined();
    expect(digest).toBe(sha256(server.bytes));
    expect(server.seenOn).toEqual(Array.from({ length: CHUNKS }, () => 0));
    // An address is no server name.
    expect(server.serverNames).toEqual([serverName]);
  });

  test('a server that closes each connection is read with one full handshake', async () => {
    server.always = withHeaders(() => ({ connection: 'close' }));

    const { sha256: digest } = await read(await serve('localhost', 'DNS:localhost'));

    expect(digest).toBe(sha256(server.bytes));
    expect(server.connections).toBe(CHUNKS);
    expect(server.sessionsResumed).toBe(CHUNKS - 1);
  });

  test.each([
    ['localhost', 'DNS:s3.example.com'],
    ['127.0.0.1', 'DNS:localhost'],
    ['127.0.0.1', 'IP:127.0.0.2'],
    ['localhost', 'IP:127.0.0.1'],
  ])('https://%s is refused when its certificate is of %s', async (host, name) => {
    const { failure } = await read(await serve(host, name));

    expect(failure?.name).toBe('StoreUnavailable');
    expect(failure?.message).toContain(CA_ADVICE);
    expect(failure?.message).toContain('code=ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.seen).toEqual([]);
  });
});

describe.skipIf(!HAS_OPENSSL)('without it', () => {
  test('the endpoint is refused, and the message says what to do', async () => {
    const { failure } = await read(await serve('localhost', 'DNS:localhost'), false);

    expect(failure?.name).toBe('StoreUnavailable');
    expect(failure?.message).toMatch(/^read range: the server’s certificate is not trusted: /);
    expect(failure?.message).toContain(CA_ADVICE);
    expect(server.seen).toEqual([]);
  });

  test('`midstate hash` says so in one line, and hashes with it', async () => {
    const endpoint = await serve('localhost', 'DNS:localhost');

    const refused = await run(MIDSTATE, ['hash', 's3://bucket/key'], endpoint, false);
    const hashed = await run(MIDSTATE, ['hash', 's3://bucket/key'], endpoint, true);

    expect(refused.code).toBe(1);
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
    expect(refused.stderr).toContain(CA_ADVICE);
    expect(hashed).toMatchObject({ code: 0 });
    expect(hashed.stdout).toContain(createHash('sha1').update(server.bytes).digest('hex'));
  });
});
