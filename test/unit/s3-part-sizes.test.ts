import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { createS3ObjectStore } from '../../src/storage/s3-object-store.js';

const OBJECT = { bucket: 'bucket', key: 'key', etag: 'ab-3', sizeBytes: 25 };

type Answer = (url: URL, request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
let seen: string[] = [];

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** The store on a server that answers each request as told. */
async function storeOn(answer: Answer) {
  seen = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://s3');
    seen.push(`${request.method ?? ''} ${url.search}`);
    answer(url, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return createS3ObjectStore(
    new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 }),
  );
}

/** Answers a HEAD by part number as S3 does. */
function partsOf(
  sizes: readonly number[],
  change: { readonly count?: number; readonly missing?: number } = {},
): Answer {
  return (url, request, response) => {
    const number = Number(url.searchParams.get('partNumber'));
    const size = sizes[number - 1];
    if (request.method !== 'HEAD' || size === undefined || number === change.missing) {
      response.writeHead(request.method === 'HEAD' ? 416 : 501).end();
      return;
    }
    response
      .writeHead(206, {
        etag: `"${OBJECT.etag}"`,
        'content-length': size,
        'x-amz-mp-parts-count': change.count ?? sizes.length,
      })
      .end();
  };
}

/** Answers a listing of parts as S3 does, `pageParts` to a page. */
function listingOf(sizes: readonly number[], pageParts: number): Answer {
  return (_, request, response) => {
    const marker = Number(request.headers['x-amz-part-number-marker'] ?? 0);
    const page = sizes.slice(marker, marker + pageParts);
    const parts = page.map(
      (size, index) => `<Part><PartNumber>${marker + index + 1}</PartNumber><Size>${size}</Size></Part>`,
    );
    const isTruncated = marker + pageParts < sizes.length;
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<?xml version="1.0"?><GetObjectAttributesResponse><ObjectParts><IsTruncated>${isTruncated}</IsTruncated>` +
          `<NextPartNumberMarker>${marker + page.length}</NextPartNumberMarker>${parts.join('')}</ObjectParts></GetObjectAttributesResponse>`,
      );
  };
}

describe('the sizes of the parts of an object', () => {
  test('are asked for one by one, pinned to the version', async () => {
    const store = await storeOn((url, request, response) => {
      expect(request.headers['if-match']).toBe('"ab-3"');
      expect(url.searchParams.get('versionId')).toBe('v1');
      partsOf([10, 10, 5])(url, request, response);
    });

    expect(await store.listPartSizes({ ...OBJECT, versionId: 'v1' }, 3)).toEqual([10, 10, 5]);
    expect(seen).toHaveLength(3);
  });

  test('are never taken to be like the first', async () => {
    const store = await storeOn(partsOf([10, 5, 10]));

    expect(await store.listPartSizes(OBJECT, 3)).toEqual([10, 5, 10]);
  });

  test('are listed where there are many and the server does so', async () => {
    const sizes = Array.from({ length: 60 }, (_, index) => 100 + index);
    const [head, listing] = [partsOf(sizes), listingOf(sizes, 25)];
    const store = await storeOn((...request) => {
      (request[1].method === 'HEAD' ? head : listing)(...request);
    });

    expect(await store.listPartSizes(OBJECT, 60)).toEqual(sizes);
    expect(seen.filter((request) => request.startsWith('HEAD'))).toHaveLength(1);
    expect(seen.filter((request) => request.startsWith('GET'))).toHaveLength(3);
  });

  test.each([
    [
      'refuses to list them',
      (_: URL, __: IncomingMessage, response: ServerResponse) => response.writeHead(501).end(),
    ],
    ['lists too few', listingOf([1, 2, 3], 10)],
  ] as const)('are asked for one by one where a server %s', async (_, listing) => {
    const sizes = Array.from({ length: 60 }, (_, index) => 100 + index);
    const head = partsOf(sizes);
    const store = await storeOn((...request) => {
      if (request[1].method === 'HEAD') head(...request);
      else listing(...request);
    });

    expect(await store.listPartSizes(OBJECT, 60)).toEqual(sizes);
    expect(seen.filter((request) => request.startsWith('HEAD'))).toHaveLength(60);
  });

  test.each([
    ['does not know part numbers', partsOf([])],
    ['counts other parts', partsOf([10, 10, 5], { count: 4 })],
    ['misses one', partsOf([10, 10, 5], { missing: 3 })],
  ] as const)('are unknown where a server %s', async (_, answer) => {
    const store = await storeOn(answer);

    expect(await store.listPartSizes(OBJECT, 3)).toBeUndefined();
  });

  test.each([
    [412, 'ObjectChanged'],
    [404, 'ObjectGone'],
    [403, 'AccessDenied'],
    [503, 'StoreUnavailable'],
  ] as const)('end with a failure where the server answers %d', async (status, failure) => {
    const store = await storeOn((_, __, response) => response.writeHead(status).end());

    await expect(store.listPartSizes(OBJECT, 3)).rejects.toMatchObject({ failure });
  });
});

describe('the description of an object', () => {
  const described = async (headers: Record<string, string>) => {
    const store = await storeOn((_, __, response) => {
      response.writeHead(200, { etag: '"ab-3"', 'content-length': '25', ...headers }).end();
    });
    return await store.describe({ bucket: 'bucket', key: 'key' });
  };

  test.each([
    ['nothing of encryption', {}, undefined],
    ['SSE-S3', { 'x-amz-server-side-encryption': 'AES256' }, 'AES256'],
    ['KMS', { 'x-amz-server-side-encryption': 'aws:kms' }, 'aws:kms'],
    ["the customer's key", { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'SSE-C'],
  ])('tells %s', async (_, headers, encryption) => {
    expect((await described(headers as Record<string, string>)).encryption).toBe(encryption);
  });

  test('tells of how many parts a composite checksum is made', async () => {
    const { storedChecksums } = await described({
      'x-amz-checksum-crc32': 'eqXGlQ==-3',
      'x-amz-checksum-sha1': Buffer.alloc(20, 1).toString('base64'),
      'x-amz-checksum-type': 'COMPOSITE',
    });

    expect(storedChecksums).toEqual([
      { algorithm: 'crc32', value: '7aa5c695', type: 'COMPOSITE', parts: 3 },
      { algorithm: 'sha1', value: '01'.repeat(20), type: 'COMPOSITE' },
    ]);
  });
});
