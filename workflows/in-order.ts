import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs a task for each item, at most `width` of them at once, and hands the results over in the order of the items. The
 * first that fails ends it: the others are cancelled, and what they found later is not handed over.
 */
export async function inOrder<Item, Result extends object>(
  items: readonly Item[],
  width: number,
  task: (item: Item) => Promise<Result>,
  onResult: (result: Result, item: Item) => void,
): Promise<void> {
  const queue = items.entries();
  const waiting = new Map<number, () => void>();
  let handedOver = 0;
  const lane = async () => {
    for (const [index, item] of queue) {
      const result = await task(item);
      waiting.set(index, () => {
        onResult(result, item);
      });
      for (let next = waiting.get(handedOver); next !== undefined; next = waiting.get(++handedOver)) {
        waiting.delete(handedOver);
        next();
      }
    }
  };
  await CancellationScope.cancellable(async () => {
    try {
      await Promise.all(Array.from({ length: width }, lane));
    } catch (error) {
      CancellationScope.current().cancel();
      throw error;
    }
  });
}
