import type { MoveProgress } from '../../storage/message-move.js';
import type { DlqOptions } from './dlq-options.js';
import { printJson, printLine } from '../output.js';
import { stopOnSignal } from '../stop-on-signal.js';
import {
  countMeant,
  forEachMeant,
  openDeadLetterQueue,
  type OpenDeadLetterQueue,
} from './open-dead-letter-queue.js';

/** Puts messages back into their queue: all of them by a task of SQS, some of them one by one. */
export async function redriveDeadLetters(options: DlqOptions): Promise<void> {
  const open = await openDeadLetterQueue(options);
  if (options.dryRun === true) {
    const wouldMove = await countMeant(open.dlq, options);
    if (options.json === true) printJson({ dlqUrl: open.dlq.url, queueUrl: open.queueUrl, wouldMove });
    else printLine(`would put ${String(wouldMove)} messages back into ${open.queueUrl}`);
    return;
  }
  const meansAll = options.reason === undefined && options.limit === undefined;
  const byTask = meansAll ? await moveByTask(open, options) : undefined;
  const moved = byTask ?? (await moveByHand(open, options));
  const how = byTask === undefined ? 'one by one' : 'by a task of SQS';
  if (options.json === true) printJson({ dlqUrl: open.dlq.url, queueUrl: open.queueUrl, moved, how });
  else printLine(`put ${String(moved)} messages back into ${open.queueUrl}, ${how}`);
}

async function moveByTask(
  { moveAll }: OpenDeadLetterQueue,
  { json }: DlqOptions,
): Promise<number | undefined> {
  const onProgress = (progress: MoveProgress) => {
    if (json !== true && process.stderr.isTTY) showProgress(progress);
  };
  return await moveAll(onProgress, stopOnSignal());
}

function showProgress({ moved, toMove }: MoveProgress): void {
  process.stderr.write(`\rmoved ${String(moved)}${toMove === undefined ? '' : ` of ${String(toMove)}`} …`);
}

/** A message is deleted only after its copy is in the queue: broken off, it is there twice, and its job is found. */
async function moveByHand({ dlq, queueUrl }: OpenDeadLetterQueue, options: DlqOptions): Promise<number> {
  let moved = 0;
  await forEachMeant(dlq, options, async (letters) => {
    await dlq.sendBack(letters, queueUrl);
    moved += await dlq.delete(letters);
  });
  return moved;
}
