import { describe, expect, test } from 'vitest';
import { tryParseCsvLine } from '../../src/backfill/csv-line.js';
import { parseInventoryManifest, readInventoryLine } from '../../src/backfill/inventory.js';
import { listItems } from '../../src/backfill/list-items.js';
import { readObjectLine } from '../../src/backfill/object-line.js';
import type { BackfillItem } from '../../src/backfill/backfill-item.js';
import { NO_COUNTS, type BackfillPosition, type BackfillSource } from '../../src/core/backfill.js';
import { afterPage, pageOf, restOf } from '../../src/core/backfill-lines.js';
import type { ListStore } from '../../src/core/list-store.js';

describe('a line of CSV', () => {
  test.for([
    ['b,k', ['b', 'k']],
    ['"b","k"', ['b', 'k']],
    [' b , k ', ['b', 'k']],
    ['"b","a ""quoted"" k"', ['b', 'a "quoted" k']],
    ['b,k,', ['b', 'k', '']],
    ['"b","a,b","v"', ['b', 'a,b', 'v']],
    ['', ['']],
  ] as const)('%j has the fields %j', ([line, fields]) => {
    expect(tryParseCsvLine(line)).toEqual(fields);
  });

  test.for(['"b,k', 'b,"k"x', 'b,k"k'])('%j has none', (line) => {
    expect(tryParseCsvLine(line)).toBeUndefined();
  });
});

describe('a line of a list', () => {
  test.for([
    ['my-bucket,key', { bucket: 'my-bucket', key: 'key' }],
    ['my-bucket,a+b%2Fc%2B%C3%A9', { bucket: 'my-bucket', key: 'a b/c+é' }],
    ['my-bucket,key,v1', { bucket: 'my-bucket', key: 'key', versionId: 'v1' }],
    ['my-bucket,key,,12', { bucket: 'my-bucket', key: 'key', sizeBytes: 12 }],
    ['"my-bucket","key","v1","0"', { bucket: 'my-bucket', key: 'key', versionId: 'v1', sizeBytes: 0 }],
  ] as const)('%j is an object', ([line, object]) => {
    expect(readObjectLine(line, 'line 1')).toEqual({ kind: 'object', object });
  });

  test.for([
    ['my-bucket', 'expected bucket,key[,versionId[,size]], got 1 fields'],
    ['my-bucket,k,v,1,e', 'got 5 fields'],
    ['Bucket,Key', 'expected a bucket name, got Bucket'],
    ['my-bucket,%zz', 'its key is not URL-encoded'],
    ['my-bucket,', 'expected a key of 1 to 1,024 bytes, got 0'],
    [`my-bucket,${'k'.repeat(1_025)}`, 'got 1025'],
    ['my-bucket,k,v,large', 'expected a size in bytes, got large'],
    ['my-bucket,"k', 'a quote is not closed'],
  ] as const)('%j is a fault that says where and why', ([line, reason]) => {
    expect(readObjectLine(line, 'line 7')).toMatchObject({
      kind: 'fault',
      where: 'line 7',
      reason: expect.stringContaining(reason) as string,
    });
  });
});

/** As S3's User Guide has it ("Inventory manifest"). */
const MANIFEST = {
  sourceBucket: 'example-source-bucket',
  destinationBucket: 'arn:aws:s3:::lists',
  version: '2016-11-30',
  creationTimestamp: '1514944800000',
  fileFormat: 'CSV',
  fileSchema:
    'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, IsMultipartUploaded, ReplicationStatus',
  files: [
    { key: 'inv/data/1.csv', size: 1, MD5checksum: 'f11166069f1990abeb9c97ace9cdfabc' },
    { key: 'inv/data/2.csv', size: 1, MD5checksum: 'f11166069f1990abeb9c97ace9cdfabc' },
  ],
};

describe('the manifest of an inventory', () => {
  test('names the bucket, the files and the columns', () => {
    expect(parseInventoryManifest(JSON.stringify(MANIFEST), 'here')).toMatchObject({
      bucket: 'lists',
      files: ['inv/data/1.csv', 'inv/data/2.csv'],
      columns: expect.arrayContaining(['Bucket', 'Key', 'Size', 'ETag']) as string[],
    });
  });

  test.for(['ORC', 'Parquet'])('of the format %s is refused with what to do', (fileFormat) => {
    const text = JSON.stringify({ ...MANIFEST, fileFormat });

    expect(() => parseInventoryManifest(text, 'here')).toThrow(
      new RegExp(`its files are ${fileFormat}, only CSV is read.*--csv`),
    );
  });

  test.for(['{', '{}', JSON.stringify({ ...MANIFEST, fileSchema: 'Bucket, Size' })])(
    'is refused when it is %j',
    (text) => {
      expect(() => parseInventoryManifest(text, 'here')).toThrow(
        /expected the manifest.json of an S3 Inventory/,
      );
    },
  );
});

describe('a line of an inventory', () => {
  const { columns } = parseInventoryManifest(JSON.stringify(MANIFEST), 'here');
  const line = (isLatest: string, isMarker: string) =>
    `"my-bucket","a%2Bb+c.txt","v1","${isLatest}","${isMarker}","12","2026-01-01T00:00:00.000Z","abc-2","STANDARD","true","COMPLETED"`;

  test('is the current version with its size and ETag', () => {
    expect(readInventoryLine(line('true', 'false'), columns, 'line 1')).toEqual({
      kind: 'object',
      object: { bucket: 'my-bucket', key: 'a+b c.txt', versionId: 'v1', sizeBytes: 12, etag: 'abc-2' },
    });
  });

  test('of an older version or a delete marker is none', () => {
    expect(readInventoryLine(line('false', 'false'), columns, 'line 1')).toEqual({ kind: 'not-current' });
    expect(readInventoryLine(line('true', 'true'), columns, 'line 1')).toEqual({ kind: 'not-current' });
  });

  test('with other fields than the manifest says is a fault', () => {
    expect(readInventoryLine('"my-bucket","k"', columns, 'line 1')).toMatchObject({
      kind: 'fault',
      reason: 'expected 11 fields, got 2',
    });
  });
});

/** Listings and lists that are made in the test; asks are noted. */
function storeOf(keys: readonly string[], lists: Readonly<Record<string, string>> = {}) {
  const asked: unknown[] = [];
  const store: ListStore = {
    listObjects: (request) => {
      asked.push(request);
      const after = keys.filter((key) => key.startsWith(request.prefix) && key > (request.after ?? ''));
      const objects = after.slice(0, request.max);
      return Promise.resolve({
        objects: objects.map((key) => ({ bucket: request.bucket, key, etag: 'e', sizeBytes: 1 })),
        isLast: objects.length === after.length,
      });
    },
    openList: (list) => {
      asked.push(list);
      return Promise.resolve({ etag: 'list-etag', lines: linesOf(lists[list.key] ?? '') });
    },
  };
  return { store, asked };
}

async function* linesOf(text: string): AsyncGenerator<string> {
  await Promise.resolve();
  yield* text.split('\n');
}

async function allOf(
  store: ListStore,
  source: BackfillSource,
  from: BackfillPosition = {},
  max = 1_000,
): Promise<BackfillItem[]> {
  const items: BackfillItem[] = [];
  for await (const item of listItems(store, source, from, max)) items.push(item);
  return items;
}

const keysOf = (items: readonly BackfillItem[]) =>
  items.map((item) => (item.kind === 'object' ? item.object.key : item.kind));

describe('the objects of a source', () => {
  const KEYS = ['a/1', 'a/2', 'a/3', 'b/1'];

  test('of a prefix are listed page by page, and go on after any of them', async () => {
    const { store, asked } = storeOf(KEYS);
    const source = { kind: 'prefix', bucket: 'b', prefix: 'a/' } as const;

    const all = await allOf(store, source, {}, 2);

    expect(keysOf(all)).toEqual(['a/1', 'a/2', 'a/3']);
    expect(asked).toMatchObject([{ max: 2 }, { after: 'a/2', max: 2 }]);
    for (const [index, { position }] of all.entries()) {
      expect(keysOf(await allOf(store, source, position))).toEqual(['a/1', 'a/2', 'a/3'].slice(index + 1));
    }
  });

  test('of a list go on after any line, and only in the same list', async () => {
    const { store, asked } = storeOf([], { 'l.csv': 'bkt,k1\n\nbkt,k2\nbkt\nbkt,k3\n' });
    const source = { kind: 'csv', bucket: 'lists', key: 'l.csv' } as const;

    const all = await allOf(store, source);

    expect(keysOf(all)).toEqual(['k1', 'k2', 'fault', 'k3']);
    expect(all[2]).toMatchObject({ where: 's3://lists/l.csv line 4' });
    for (const [index, { position }] of all.entries()) {
      expect(keysOf(await allOf(store, source, position))).toEqual(keysOf(all).slice(index + 1));
    }
    expect(asked.at(-1)).toMatchObject({ etag: 'list-etag' });
  });

  test('of a list are read before the first is dealt with, and no more than are wanted', async () => {
    let read = 0;
    let isClosed = false;
    async function* lines() {
      await Promise.resolve();
      try {
        for (; ; read += 1) yield `bkt,k${String(read)}`;
      } finally {
        isClosed = true;
      }
    }
    const { store } = storeOf([]);
    const endless = { ...store, openList: () => Promise.resolve({ etag: 'e', lines: lines() }) };

    const items = listItems(endless, { kind: 'csv', bucket: 'lists', key: 'l' }, {}, 3);
    const first = await items.next();

    expect(first.value).toMatchObject({ object: { key: 'k0' } });
    expect({ read, isClosed }).toEqual({ read: 2, isClosed: true });
  });

  test('of an inventory are those of all its files, and go on inside any of them', async () => {
    const line = (key: string) => `"bkt","${key}"`;
    const { store } = storeOf([], {
      'manifest.json': JSON.stringify({ ...MANIFEST, fileSchema: 'Bucket, Key' }),
      'inv/data/1.csv': `${line('k1')}\n${line('k2')}\n`,
      'inv/data/2.csv': `${line('k3')}\n${line('k4')}\n`,
    });
    const source = { kind: 'inventory', bucket: 'lists', key: 'manifest.json' } as const;

    const all = await allOf(store, source);

    expect(keysOf(all)).toEqual(['k1', 'k2', 'k3', 'k4']);
    for (const [index, { position }] of all.entries()) {
      expect(keysOf(await allOf(store, source, position))).toEqual(keysOf(all).slice(index + 1));
    }
  });

  test('that travel along are sent a page at a time, and counted over all', async () => {
    const { store } = storeOf([]);
    const source = { kind: 'lines', lines: ['bkt,k1', '', 'bkt,k2', 'bkt', '', ''] } as const;
    const seen: string[] = [];
    let position: BackfillPosition = {};
    for (let isLast = false; !isLast;) {
      const page = pageOf(source, position, 2);
      const items = await allOf(store, page, position);
      seen.push(...items.map((item) => (item.kind === 'fault' ? item.where : keysOf([item]).join())));
      const result = { position: items.at(-1)?.position ?? position, isLast: true };
      ({ isLast, position } = afterPage(source, page, { ...NOTHING, ...result }));
    }

    expect(seen).toEqual(['k1', 'k2', 'line 4']);
    expect(restOf(source, { line: 3 })).toEqual({ kind: 'lines', lines: ['bkt', '', ''], leftOut: 3 });
    expect(restOf(restOf(source, { line: 3 }), { line: 4 })).toMatchObject({ lines: ['', ''], leftOut: 4 });
  });
});

const NOTHING = { counts: NO_COUNTS, samples: { started: [], failed: [] } };
