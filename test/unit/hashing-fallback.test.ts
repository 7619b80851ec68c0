import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LoadedAddon, NativeAddon } from '../../src/hashing/index.js';

afterEach(() => {
  vi.doUnmock('../../src/native/native-addon.js');
  vi.resetModules();
});

/** Chooses an engine in fresh modules, with `loaded` in place of the addon that is there. */
async function choose(loaded: LoadedAddon): Promise<{ engine: string; reasons: string[] }> {
  vi.resetModules();
  vi.doMock('../../src/native/native-addon.js', () => ({ loadNativeAddon: () => loaded }));
  const { selectEngine } = await import('../../src/hashing/index.js');
  const reasons: string[] = [];
  const engine = await selectEngine({ onFallback: (reason) => reasons.push(reason) });
  const hasher = await engine.createHasher(['sha1']);
  hasher.update(new TextEncoder().encode('abc'));
  expect(hasher.digests()).toEqual({ sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d' });
  return { engine: engine.name, reasons };
}

describe('the portable engine takes over, with one reason,', () => {
  test('where the addon was not built', async () => {
    const reason = 'not built: no C compiler was found (cc, gcc, clang)';

    expect(await choose({ addon: undefined, reason })).toEqual({ engine: 'portable', reasons: [reason] });
  });

  const wrong: Record<string, () => unknown> = {
    'gives wrong states': () => Buffer.alloc(16),
    'gives states that are too short': () => Buffer.alloc(0),
    'throws at every call': () => {
      throw new Error('no more handles');
    },
  };
  test.each(Object.entries(wrong))('where the addon %s', async (_, state) => {
    const addon = { create: Object, restore: Object, update: Object, state, digest: state } as unknown;

    const { engine, reasons } = await choose({ addon: addon as NativeAddon, path: 'midstate.node' });

    expect(engine).toBe('portable');
    expect(reasons).toEqual([expect.stringMatching(/^self-test failed: /)]);
  });

  test('where the addon lacks a function', async () => {
    const { engine, reasons } = await choose({ addon: {} as NativeAddon, path: 'midstate.node' });

    expect(engine).toBe('portable');
    expect(reasons).toEqual([expect.stringMatching(/^self-test failed: .*not a function/)]);
  });
});
