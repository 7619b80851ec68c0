import { describe, expect, test } from 'vitest';
import { SlotPool, type SlotKind } from '../../src/worker/slot-pool.js';

const CONTEXT = {
  slotType: 'activity',
  taskQueue: 'q',
  workerIdentity: 'w',
  workerBuildId: '',
  isSticky: false,
} as const;

/** Asks as the SDK does; tells in `given` who got a slot, in order. */
function createAsker(pool: SlotPool) {
  const given: string[] = [];
  const ask = (kind: SlotKind, name: string, signal = new AbortController().signal) =>
    pool
      .supplier(kind)
      .reserveSlot(CONTEXT, signal)
      .then((permit) => {
        given.push(name);
        return permit;
      });
  const release = (kind: SlotKind) => {
    pool.supplier(kind).releaseSlot({ permit: {} });
  };
  return { given, ask, release };
}

/** Lets every promise that can resolve do so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the slots of a class', () => {
  test('are shared: small objects may take them all', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1 });
    const { given, ask } = createAsker(pool);

    for (const name of ['a', 'b', 'c', 'd']) void ask('small', name);
    await settled();

    expect(given).toEqual(['a', 'b', 'c']);
    expect(pool.taken).toBe(3);
  });

  test('kept for small objects are never taken by ranges', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1 });
    const { given, ask } = createAsker(pool);

    for (const name of ['a', 'b', 'c']) void ask('range', name);
    void ask('small', 'small');
    await settled();

    expect(given).toEqual(['a', 'b', 'small']);
  });

  test('go to whoever waited longest and may have one', async () => {
    const pool = new SlotPool({ slots: 2, slotsForSmall: 1 });
    const { given, ask, release } = createAsker(pool);
    void ask('range', 'range 1');
    void ask('small', 'small 1');
    void ask('range', 'range 2');
    void ask('small', 'small 2');
    await settled();

    release('small');
    await settled();
    const afterSmall = [...given];
    release('range');
    await settled();

    expect(afterSmall).toEqual(['range 1', 'small 1', 'small 2']);
    expect(given).toEqual(['range 1', 'small 1', 'small 2', 'range 2']);
  });

  test('are not given while the pool is closed; those given stay', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1 });
    const { given, ask, release } = createAsker(pool);
    void ask('range', 'before');
    pool.close();

    void ask('small', 'after');
    const tried = pool.supplier('small').tryReserveSlot(CONTEXT);
    release('range');
    await settled();
    const whileClosed = [...given];
    pool.open();
    await settled();

    expect(whileClosed).toEqual(['before']);
    expect(tried).toBeNull();
    expect(given).toEqual(['before', 'after']);
  });

  test('are not given to one who has left', async () => {
    const pool = new SlotPool({ slots: 1, slotsForSmall: 1 });
    const { given, ask, release } = createAsker(pool);
    const leaving = new AbortController();
    void ask('small', 'first');
    const left = ask('small', 'leaves', leaving.signal);
    void ask('small', 'stays');

    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    release('small');
    await settled();

    expect(given).toEqual(['first', 'stays']);
    await expect(ask('small', 'late', AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
