import { MidstateError } from '../../core/failures.js';
import { ask } from '../ask.js';
import type { DlqOptions } from './dlq-options.js';
import { printJson, printLine } from '../output.js';
import {
  countMeant,
  forEachMeant,
  openDeadLetterQueue,
  type OpenDeadLetterQueue,
} from './open-dead-letter-queue.js';

/** Deletes messages for good, after a question. */
export async function purgeDeadLetters(options: DlqOptions): Promise<void> {
  const open = await openDeadLetterQueue(options);
  const count = await countMeant(open.dlq, options);
  const what = `${String(count)} messages of ${open.dlq.url}`;
  if (options.dryRun === true) {
    if (options.json === true) printJson({ dlqUrl: open.dlq.url, wouldDelete: count });
    else printLine(`would delete ${what}`);
    return;
  }
  if (options.yes !== true && !(await ask(`Delete ${what} for good?`))) {
    throw new MidstateError('InvalidInput', 'dlq purge: nothing deleted: --yes deletes without a question');
  }
  const deleted = await remove(open, options, count);
  if (options.json === true) printJson({ dlqUrl: open.dlq.url, deleted });
  else printLine(`deleted ${String(deleted)} messages of ${open.dlq.url}`);
}

async function remove({ dlq }: OpenDeadLetterQueue, options: DlqOptions, count: number): Promise<number> {
  if (options.reason === undefined && options.limit === undefined) {
    await dlq.purge();
    return count;
  }
  let deleted = 0;
  await forEachMeant(dlq, options, async (letters) => {
    deleted += await dlq.delete(letters);
  });
  return deleted;
}
