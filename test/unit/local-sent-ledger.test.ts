import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SentLedger, uploadId } from '../../src/local/events/sent-ledger.js';
import type { StoredVersion } from '../../src/local/events/s3-event.js';

const stored: StoredVersion = {
  bucket: 'photos',
  key: 'a.jpg',
  sizeBytes: 5,
  etag: 'abc',
  lastModified: new Date('2026-11-23T08:09:46Z'),
};
const idOf = (changes: Partial<StoredVersion>): string => uploadId({ ...stored, ...changes });
const [one, two, three] = [idOf({ key: '1' }), idOf({ key: '2' }), idOf({ key: '3' })];

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'midstate-ledger-'));
  file = join(dir, 'events-sent.log');
});

afterEach(() => rm(dir, { recursive: true }));

function reopened<T>(use: (ledger: SentLedger) => T): T {
  const ledger = new SentLedger(file);
  const result = use(ledger);
  ledger.close();
  return result;
}

describe('an upload', () => {
  it('is another one when its version differs, or where there are no versions its ETag or its second', () => {
    const ids = [
      idOf({}),
      idOf({ etag: 'abd' }),
      idOf({ lastModified: new Date('2026-11-23T08:09:47Z') }),
      idOf({ versionId: 'v1' }),
      idOf({ versionId: 'v2' }),
      idOf({ bucket: 'films' }),
    ];

    expect(new Set(ids).size).toBe(ids.length);
    expect(idOf({ versionId: 'v1', lastModified: new Date(0) })).toBe(idOf({ versionId: 'v1' }));
  });
});

describe('the ledger of sent events', () => {
  it('remembers across restarts', () => {
    reopened((ledger) => {
      ledger.add(one);
    });

    expect(reopened((ledger) => [ledger.has(one), ledger.has(two)])).toEqual([true, false]);
  });

  it('does not count a line that a crash cut short, nor lets it spoil the next', async () => {
    reopened((ledger) => {
      ledger.add(one);
    });
    await appendFile(file, two.slice(0, 7));

    reopened((ledger) => {
      ledger.add(three);
    });

    expect(reopened((ledger) => [one, two, three].map((id) => ledger.has(id)))).toEqual([true, false, true]);
  });

  it('forgets what is no longer stored, but not what was sent while the bucket was listed', async () => {
    const kept = reopened((ledger) => {
      ledger.add(one);
      ledger.add(two);
      ledger.beginReview();
      ledger.add(three);
      ledger.forgetAllBut(new Set([two]));
      return [one, two, three].map((id) => ledger.has(id));
    });

    expect(kept).toEqual([false, true, true]);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toEqual([two, three]);
    expect(reopened((ledger) => [one, two, three].map((id) => ledger.has(id)))).toEqual(kept);
  });
});
