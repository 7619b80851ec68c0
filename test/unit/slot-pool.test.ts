import { describe, expect, test } from 'vitest';
import { SlotPool, type SlotKind } from '../../src/worker/slot-pool.js';

const CONTEXT = {
  slotType: 'activity',
  taskQueue: 'q',
  workerIdentity: 'w',
  workerBuildId: '',
  isSticky: false,
} as const;

const TASK = { type: 'activity', activityType: 'hashRange' } as const;

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
  /** A poll has brought a task. */
  const use = (kind: SlotKind) => {
    pool.supplier(kind).markSlotUsed({ permit: {}, slotInfo: TASK });
  };
  const finish = (kind: SlotKind) => {
    pool.supplier(kind).releaseSlot({ permit: {}, slotInfo: TASK });
  };
  /** A poll has brought nothing. */
  const giveBack = (kind: SlotKind) => {
    pool.supplier(kind).releaseSlot({ permit: {} });
  };
  return { given, ask, use, finish, giveBack };
}

/** Lets every promise that can resolve do so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the slots of a class', () => {
  test('are shared: small objects may take them all', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1, polls: 9 });
    const { given, ask } = createAsker(pool);

    for (const name of ['a', 'b', 'c', 'd']) void ask('small', name);
    await settled();

    expect(given).toEqual(['a', 'b', 'c']);
    expect(pool.taken).toBe(3);
  });

  test('kept for small objects are never taken by ranges', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1, polls: 9 });
    const { given, ask } = createAsker(pool);

    for (const name of ['a', 'b', 'c']) void ask('range', name);
    void ask('small', 'small');
    await settled();

    expect(given).toEqual(['a', 'b', 'small']);
  });

  test('go to whoever waited longest and may have one', async () => {
    const pool = new SlotPool({ slots: 2, slotsForSmall: 1, polls: 9 });
    const { given, ask, giveBack } = createAsker(pool);
    void ask('range', 'range 1');
    void ask('small', 'small 1');
    void ask('range', 'range 2');
    void ask('small', 'small 2');
    await settled();

    giveBack('small');
    await settled();
    const afterSmall = [...given];
    giveBack('range');
    await settled();

    expect(afterSmall).toEqual(['range 1', 'small 1', 'small 2']);
    expect(given).toEqual(['range 1', 'small 1', 'small 2', 'range 2']);
  });

  test('are held by as many polls as each kind may have, and not by the one that the SDK asks for ahead', async () => {
    const pool = new SlotPool({ slots: 4, slotsForSmall: 1, polls: 1 });
    const { given, ask, use, finish } = createAsker(pool);
    void ask('small', 'small 1');
    void ask('small', 'small 2');
    void ask('range', 'range 1');
    for (const name of ['range 2', 'range 3', 'range 4']) {
      void ask('range', name);
      await settled();
      use('range');
      await settled();
    }
    const whileRangesRun = [...given];
    const taken = pool.taken;
    use('small');
    await settled();
    const afterSmall = [...given];
    finish('range');
    await settled();

    expect(whileRangesRun).toEqual(['small 1', 'range 1', 'range 2', 'range 3']);
    expect(taken).toBe(4);
    expect(afterSmall).toEqual(whileRangesRun);
    expect(given).toEqual([...whileRangesRun, 'small 2']);
    expect(pool.taken).toBe(4);
  });

  test('are not given while the pool is closed; those given stay', async () => {
    const pool = new SlotPool({ slots: 3, slotsForSmall: 1, polls: 9 });
    const { given, ask, giveBack } = createAsker(pool);
    void ask('range', 'before');
    pool.close();

    void ask('small', 'after');
    const tried = pool.supplier('small').tryReserveSlot(CONTEXT);
    giveBack('range');
    await settled();
    const whileClosed = [...given];
    pool.open();
    await settled();

    expect(whileClosed).toEqual(['before']);
    expect(tried).toBeNull();
    expect(given).toEqual(['before', 'after']);
  });

  test('are not given to one who has left', async () => {
    const pool = new SlotPool({ slots: 1, slotsForSmall: 1, polls: 9 });
    const { given, ask, giveBack } = createAsker(pool);
    const leaving = new AbortController();
    void ask('small', 'first');
    const left = ask('small', 'leaves', leaving.signal);
    void ask('small', 'stays');

    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    giveBack('small');
    await settled();

    expect(given).toEqual(['first', 'stays']);
    await expect(ask('small', 'late', AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
