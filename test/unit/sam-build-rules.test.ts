import { describe, expect, test } from 'vitest';
import { checkBinary, newestGlibc } from '../../sam/build/check-binaries.js';
import { explainChange } from '../../sam/build/inputs.js';
import { belongsInLayer, isForBuildOnly } from '../../sam/build/layer-contents.js';
import { closureOf, packageOfModule, packageOfSpecifier } from '../../sam/build/lockfile.js';
import { checkFitsLambda } from '../../sam/build/sizes.js';
import { templateFor } from '../../sam/build/write-template.js';

const NOTHING = () => false;

describe('what changed', () => {
  test('is nothing when all inputs are the same', () => {
    expect(explainChange({ a: '1', b: '2' }, { b: '2', a: '1' })).toBeUndefined();
  });

  test('is named: changed, new and gone', () => {
    expect(explainChange({ a: '1', b: '2', d: '4' }, { a: '0', c: '3', d: 'missing' })).toBe(
      'a changed, b is gone, c is new, and 1 more',
    );
  });
});

describe('the packages of the layer', () => {
  test('are what is needed, each from where Node would find it', () => {
    const packages = {
      'node_modules/a': { dependencies: { b: '1', c: '1' } },
      'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/unneeded': {},
    };

    expect(closureOf({ packages }, ['a'], NOTHING)).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ]);
  });

  test('leave out what is optional and not installed, and what is for building only', () => {
    const packages = {
      'node_modules/a': {
        dependencies: { compiler: '1' },
        optionalDependencies: { windows: '1' },
        peerDependencies: { peer: '1' },
      },
      'node_modules/compiler': { dependencies: { parser: '1' } },
      'node_modules/parser': {},
      'node_modules/peer': {},
    };

    expect(closureOf({ packages }, ['a'], (name) => name === 'compiler')).toEqual([
      'node_modules/a',
      'node_modules/peer',
    ]);
  });

  test('end a circle', () => {
    const packages = {
      'node_modules/a': { dependencies: { b: '1' } },
      'node_modules/b': { dependencies: { a: '1' } },
    };

    expect(closureOf({ packages }, ['a'], NOTHING)).toHaveLength(2);
  });

  test('a needed one that the lockfile lacks is an error that names it and who needs it', () => {
    expect(() =>
      closureOf({ packages: { 'node_modules/a': { dependencies: { b: '1' } } } }, ['a'], NOTHING),
    ).toThrow(/expected=b, actual=needed by node_modules\/a/);
  });

  test.each([
    ['/r/node_modules/@aws-sdk/client-s3/dist/x.js', '/r/node_modules/@aws-sdk/client-s3'],
    ['node_modules/a/node_modules/b/x.js', 'node_modules/a/node_modules/b'],
    ['src/lambda/x.ts', undefined],
  ])('the module %s belongs to %s', (path, place) => {
    expect(packageOfModule(path)).toBe(place);
  });

  test('an import names its package', () => {
    expect(packageOfSpecifier('@temporalio/worker/lib/x')).toBe('@temporalio/worker');
    expect(packageOfSpecifier('protobufjs/minimal')).toBe('protobufjs');
  });
});

describe('the files of the layer', () => {
  const CORE = 'node_modules/@temporalio/core-bridge';

  test.each([
    ['arm64', true, false],
    ['x86_64', false, true],
  ] as const)('are binaries for %s only', (architecture, arm, x86) => {
    expect(belongsInLayer(CORE, 'releases/aarch64-unknown-linux-gnu/index.node', architecture)).toBe(arm);
    expect(belongsInLayer(CORE, 'releases/x86_64-unknown-linux-gnu/index.node', architecture)).toBe(x86);
    expect(belongsInLayer(CORE, 'releases/aarch64-apple-darwin/index.node', architecture)).toBe(false);
  });

  test.each(['index.d.ts', 'lib/x.js.map', 'README.md', 'src/index.ts', 'test/x.js'])(
    'are without %s, which nothing loads',
    (path) => {
      expect(belongsInLayer('node_modules/a', path, 'arm64')).toBe(false);
    },
  );

  test.each(['LICENSE', 'package.json', 'lib/index.js', 'lib/test/x.js', 'data.json'])('keep %s', (path) => {
    expect(belongsInLayer('node_modules/a', path, 'arm64')).toBe(true);
  });

  test('the workflows’ compiler stays at home', () => {
    expect(['@swc/core', '@types/node', 'swc-loader'].every(isForBuildOnly)).toBe(true);
    expect(['webpack', '@temporalio/worker', 'long'].some(isForBuildOnly)).toBe(false);
  });
});

describe('what Lambda would not take', () => {
  const MIB = 1024 * 1024;

  test('250 MiB fit, a byte more is refused with both sizes', () => {
    checkFitsLambda('worker', 50 * MIB, 200 * MIB);

    expect(() => {
      checkFitsLambda('worker', 50 * MIB + 1, 200 * MIB);
    }).toThrow(
      /worker function and its layer are too large.*expected=at most 262 MB unpacked, actual=52.4 MB and 210 MB/,
    );
  });

  test.each([
    ['arm64', 183, '2.34'],
    ['x86_64', 62, '2.17'],
  ] as const)(
    'a binary for %s with a C library that the runtime has is taken',
    (architecture, machine, glibc) => {
      checkBinary('a.node', binaryFor(machine, glibc), architecture);
    },
  );

  test('a binary for another processor, or for a newer C library, is refused', () => {
    expect(() => {
      checkBinary('a.node', binaryFor(62, '2.17'), 'arm64');
    }).toThrow(/a\.node is for another processor/);
    expect(() => {
      checkBinary('a.node', binaryFor(183, '2.35'), 'arm64');
    }).toThrow(/would not load.*expected=glibc 2\.34 or older, actual=glibc 2\.35/);
  });

  test('the newest C library that a binary names is found by number, not by letter', () => {
    expect(newestGlibc('GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.4\0')).toBe('2.34');
    expect(newestGlibc('\0ELF')).toBeUndefined();
  });
});

/** As much of an ELF file as is looked at. */
function binaryFor(machine: number, glibc: string): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(`GLIBC_${glibc}\0`)]);
}

describe('the template that is deployed', () => {
  const TEMPLATE =
    'Parameters:\n  Architecture:\n    Default: arm64\n    AllowedValues: [arm64, x86_64]\nR:\n  CodeUri: build/a.zip\n';

  test('takes the architecture alone that was built, and finds the archives beside it', () => {
    expect(templateFor(TEMPLATE, 'x86_64')).toBe(
      'Parameters:\n  Architecture:\n    Default: x86_64\n    AllowedValues: [x86_64]\nR:\n  CodeUri: a.zip\n',
    );
  });

  test('is refused when the parameter is not where it was', () => {
    expect(() => templateFor('CodeUri: build/a.zip', 'arm64')).toThrow(/Architecture/);
  });
});
