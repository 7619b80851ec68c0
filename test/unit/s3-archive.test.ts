import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localS3Client } from '../../src/local/aws-clients.js';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';

/** A server that answers HEAD with the headers given, and takes restores; no local S3 server has archives. */
let server: Server;
let store: ReturnType<typeof createS3ObjectStore>;
let headers: Record<string, string> = {};
let answer: { status: number; code?: string } = { status: 202 };
let asked: { target: string; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(200, { etag: '"e"', 'content-length': '7', ...headers }).end();
      return;
    }
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      asked.push({ target: request.url ?? '', body });
      response.writeHead(answer.status, { 'content-type': 'application/xml' });
      response.end(
        answer.code === undefined ? '' : `<Error><Code>${answer.code}</Code><Message>m</Message></Error>`,
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  store = createS3ObjectStore(localS3Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});

beforeEach(() => {
  headers = {};
  answer = { status: 202 };
  asked = [];
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const object = { bucket: 'bucket', key: 'a key' };

describe('an archived object, as S3 tells of it', () => {
  test.each([
    [{ 'x-amz-storage-class': 'GLACIER' }, { archive: 'GLACIER' }],
    [
      { 'x-amz-storage-class': 'DEEP_ARCHIVE', 'x-amz-restore': 'ongoing-request="true"' },
      { archive: 'DEEP_ARCHIVE', isRestoring: true },
    ],
    [
      {
        'x-amz-storage-class': 'GLACIER',
        'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"',
      },
      { archive: 'GLACIER', isRestored: true },
    ],
    [
      { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'ARCHIVE_ACCESS' },
      { archive: 'ARCHIVE_ACCESS' },
    ],
  ])('%j is described as %j', async (sent, described) => {
    headers = sent;

    expect(await store.describe(object)).toMatchObject(described);
  });

  test('one that can be read has no archive', async () => {
    headers = { 'x-amz-storage-class': 'INTELLIGENT_TIERING' };

    expect(await store.describe(object)).not.toHaveProperty('archive');
  });
});

describe('a restore', () => {
  test('asks for a copy, for so many days at a tier', async () => {
    await store.requestRestore({ ...object, versionId: 'v' }, 'Bulk', 2);

    expect(asked[0]?.target).toBe('/bucket/a%20key?restore=&versionId=v');
    expect(asked[0]?.body).toContain('<Days>2</Days>');
    expect(asked[0]?.body).toContain('<GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>');
  });

  test('of Intelligent-Tiering names a tier only', async () => {
    await store.requestRestore(object, 'Standard');

    expect(asked[0]?.body).toContain('<Tier>Standard</Tier>');
    expect(asked[0]?.body).not.toMatch(/Days|GlacierJobParameters/);
  });

  test('that is under way already is no error', async () => {
    answer = { status: 409, code: 'RestoreAlreadyInProgress' };

    await expect(store.requestRestore(object, 'Bulk', 1)).resolves.toBeUndefined();
  });

  test.each([
    [{ status: 503, code: 'GlacierExpeditedRetrievalNotAvailable' }, 'Archived'],
    [{ status: 403, code: 'AccessDenied' }, 'AccessDenied'],
  ])('that S3 refuses with %j fails as %s', async (refusal, failure) => {
    answer = refusal;

    await expect(store.requestRestore(object, 'Expedited', 1)).rejects.toMatchObject({ failure });
  });
});
