import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksumLine } from '../../src/core/checksum-line.js';

const run = promisify(execFile);

const NAMES = [
  'plain.bin',
  'with spaces  and more',
  ' leading and trailing ',
  '*star',
  '-dash',
  'back\\slash',
  'trailing backslash\\',
  'new\nline',
  'carriage\rreturn',
  'all of \\ \n \r \\n them',
  'emoji 😀 and ü',
  'quotes \' " `',
];

test.each([
  ['plain.bin', 'abc  plain.bin\n'],
  ['a b', 'abc  a b\n'],
  ['a\\b', '\\abc  a\\\\b\n'],
  ['a\nb', '\\abc  a\\nb\n'],
  ['a\rb', '\\abc  a\\rb\n'],
  ['a\\nb', '\\abc  a\\\\nb\n'],
])('the line of %j is %j', (name, line) => {
  expect(checksumLine('abc', name)).toBe(line);
});

describe.each(['sha1', 'md5', 'sha256', 'sha512'])('%ssum -c', (algorithm) => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'midstate-checksum-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  async function check(name: string, body: string): Promise<number> {
    const digest = createHash(algorithm).update('the bytes').digest('hex');
    await writeFile(join(directory, name), body);
    await writeFile(join(directory, 'sums'), checksumLine(digest, name));
    const checked = run(`${algorithm}sum`, ['--check', '--strict', 'sums'], { cwd: directory });
    return await checked.then(
      () => 0,
      (error: unknown) => (error as { code: number }).code,
    );
  }

  test.each(NAMES)('finds and accepts the file %j', async (name) => {
    expect(await check(name, 'the bytes')).toBe(0);
  });

  test('refuses a file with other bytes', async () => {
    expect(await check('changed\nname', 'other bytes')).toBe(1);
  });
});
