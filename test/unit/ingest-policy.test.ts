import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { INGEST_POLICY, scopeOf } from '../../src/ingest/policy/ingest-policy.js';
import { manifestId } from '../../src/ingest/policy/parse-manifest.js';
import { loadPolicy } from '../../src/ingest/policy/policy-file.js';
import { PolicyKeeper } from '../../src/ingest/policy/policy-keeper.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'midstate-policy-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(text: string, name = 'policy.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function failureOf(path: string): MidstateError {
  try {
    loadPolicy(path);
  } catch (error) {
    if (error instanceof MidstateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const FULL = `
version: 1
rules:
  - bucket: uploads
    suffix: .tmp
    hash: false
  - bucket: uploads
    prefix: video/
    algorithms: [sha256, crc64nvme]
    publish: [tags, sidecar]
    memoryClassMB: 512
    minSizeBytes: 1
    maxSizeBytes: 1000
    expected:
      metadata: { sha256: sha256-of-origin }
  - bucket: 'team-*'
`;

describe('a policy', () => {
  const scope = (bucket: string, key: string, sizeBytes?: number) =>
    scopeOf(loadPolicy(write(FULL)).policy, {
      bucket,
      key,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    });

  test('is decided by the first rule that names the object', () => {
    expect(scope('uploads', 'video/a.mov')).toMatchObject({ rule: { memoryClassMB: 512 } });
    expect(scope('uploads', 'video/a.tmp')).toEqual({ reason: 'rules[0] leaves it out' });
    expect(scope('team-red', 'anything')).toMatchObject({ rule: { bucket: 'team-*' } });
  });

  test.each([
    ['another bucket', 'other', 'video/a'],
    ['another prefix', 'uploads', 'music/a'],
    ['a bucket that only begins like it', 'uploads-2', 'video/a'],
    ['a bucket that is not quite the pattern', 'team', 'a'],
  ])('leaves %s alone', (_, bucket, key) => {
    expect(scope(bucket, key)).toEqual({ reason: 'no rule of the policy names it' });
  });

  test.each([
    [0, /^rules\[1\]: it has 0 bytes, minSizeBytes 1$/],
    [1_001, /^rules\[1\]: it has 1001 bytes, maxSizeBytes 1000$/],
  ])('leaves an object of %d bytes alone', (sizeBytes, reason) => {
    expect(scope('uploads', 'video/a', sizeBytes)).toEqual({
      reason: expect.stringMatching(reason) as string,
    });
  });

  test.each([1, 1_000, undefined])('takes an object of %s bytes', (sizeBytes) => {
    expect(scope('uploads', 'video/a', sizeBytes)).toHaveProperty('rule');
  });

  test('that there is none of takes everything', () => {
    expect(scopeOf(undefined, { bucket: 'any', key: 'k' })).toEqual({ rule: undefined });
  });

  test('does not take a dot in a bucket for any character', () => {
    const policy = INGEST_POLICY.parse({ version: 1, rules: [{ bucket: 'a.b*' }] });

    expect(scopeOf(policy, { bucket: 'a.b1', key: 'k' })).toHaveProperty('rule');
    expect(scopeOf(policy, { bucket: 'axb1', key: 'k' })).toHaveProperty('reason');
  });

  test('may be JSON', () => {
    const path = write('{"version":1,"rules":[{"bucket":"b"}]}', 'policy.json');

    expect(loadPolicy(path).policy.rules).toEqual([{ bucket: 'b', prefix: '', suffix: '', hash: true }]);
  });

  test('brings the manifests that it names, from beside it', () => {
    write(`# made by hand\n${'a'.repeat(64)}  video/a.mov\n${'B'.repeat(64)} *dir/b c\n`, 'sums.txt');
    write(`\\${'c'.repeat(64)}  line\\nbreak\n`, 'more.txt');
    const path = write(
      'version: 1\nrules:\n  - bucket: a\n    expected: { manifest: { sha256: sums.txt } }\n' +
        '  - bucket: b\n    expected: { manifest: { sha256: more.txt } }\n',
    );

    const { manifests } = loadPolicy(path);

    expect([...(manifests.get(manifestId('sha256', 'sums.txt')) ?? [])]).toEqual([
      ['video/a.mov', 'a'.repeat(64)],
      ['dir/b c', 'b'.repeat(64)],
    ]);
    expect([...(manifests.get(manifestId('sha256', 'more.txt')) ?? [])]).toEqual([
      ['line\nbreak', 'c'.repeat(64)],
    ]);
  });
});

describe('a bad policy', () => {
  test('is refused with every fault in one error', () => {
    const { message, failure } = failureOf(
      write(
        'version: 1\nrules:\n  - bucket: UPPER\n    algorithm: [sha1]\n  - bucket: b\n    algorithms: [sha3]\n' +
          '    memoryClassMB: 300\n    publish: [mail]\n    maxSizeBytes: -1\n',
      ),
    );

    expect(failure).toBe('InvalidInput');
    for (const part of [
      /rules\[0\]\.bucket: expected the name of a bucket/,
      /rules\[0\]: .*"algorithm"/,
      /rules\[1\]\.algorithms\[0\]: /,
      /rules\[1\]\.memoryClassMB: expected one of 128, /,
      /rules\[1\]\.publish\[0\]: /,
      /rules\[1\]\.maxSizeBytes: /,
    ]) {
      expect(message).toMatch(part);
    }
    expect(message).not.toContain('\n');
  });

  test.each([
    ['no file', () => join(folder, 'none.yaml'), /it cannot be read \(ENOENT\)/],
    ['no YAML', () => write('rules: [\n'), /policy .*: /],
    ['nothing', () => write(''), /expected object/],
    ['no rules', () => write('version: 1\nrules: []\n'), /rules: /],
    ['another version', () => write('version: 2\nrules: [{bucket: b}]\n'), /version: /],
    [
      'a rule that another hides',
      () => write('version: 1\nrules: [{bucket: "b*"}, {bucket: bee, prefix: x}]\n'),
      /rules\[1\]: never applies: rules\[0\] comes first/,
    ],
    [
      'a manifest that is not there',
      () => write('version: 1\nrules: [{bucket: b, expected: {manifest: {sha1: none.txt}}}]\n'),
      /rules\[0\]\.expected\.manifest\.sha1: none\.txt: it cannot be read \(ENOENT\)/,
    ],
  ])('(%s) is refused', (_, path, message) => {
    expect(failureOf(path()).message).toMatch(message);
  });

  test('(a manifest that is none) is refused by the line', () => {
    write(`${'a'.repeat(40)}  fine\nnonsense\n${'a'.repeat(41)}  long\n`, 'sums.txt');
    const path = write('version: 1\nrules: [{bucket: b, expected: {manifest: {sha1: sums.txt}}}]\n');

    expect(failureOf(path).message).toMatch(/sums\.txt: line 2: .*; .*sums\.txt: line 3: /);
  });
});

describe('the policy in force', () => {
  const ONE = 'version: 1\nrules: [{bucket: one}]\n';
  const TWO = 'version: 1\nrules: [{bucket: one}, {bucket: two}]\n';

  test('is the new one once the file has changed, and the log says so', async () => {
    const log = vi.fn();
    const path = write(ONE);
    const keeper = new PolicyKeeper({ path, log, intervalMs: 5 });

    write(TWO);

    await vi.waitFor(() => {
      expect(keeper.current.policy.rules).toHaveLength(2);
    });
    expect(log).toHaveBeenCalledWith('policy reloaded', { policyFile: path, rules: 2 });
    keeper.stop();
  });

  test('is the new one once a manifest has changed', async () => {
    write(`${'a'.repeat(40)}  k\n`, 'sums.txt');
    const path = write('version: 1\nrules: [{bucket: b, expected: {manifest: {sha1: sums.txt}}}]\n');
    const keeper = new PolicyKeeper({ path, log: () => undefined, intervalMs: 5 });

    write(`${'b'.repeat(40)}  k\n`, 'sums.txt');
    utimesSync(join(folder, 'sums.txt'), 1, 1);

    await vi.waitFor(() => {
      expect(keeper.current.manifests.get('sha1:sums.txt')?.get('k')).toBe('b'.repeat(40));
    });
    keeper.stop();
  });

  test('stays the old one when the new one is not valid, and the log says why, once', async () => {
    const log = vi.fn();
    const path = write(ONE);
    const keeper = new PolicyKeeper({ path, log, intervalMs: 5 });

    write('version: 1\nrules: []\n');

    await vi.waitFor(() => {
      expect(log).toHaveBeenCalled();
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(log.mock.calls).toEqual([
      [
        'policy not reloaded, the old one stays in force',
        { policyFile: path, error: expect.stringMatching(/rules: /) as string },
      ],
    ]);
    expect(keeper.current.policy.rules).toHaveLength(1);

    write(TWO);
    expect(keeper.reload()).toBe(true);
    expect(keeper.current.policy.rules).toHaveLength(2);
    keeper.stop();
  });

  test('must be valid at the start', () => {
    expect(() => new PolicyKeeper({ path: write('x'), log: () => undefined })).toThrow(
      /policy .*expected object/,
    );
  });
});
