import { MidstateError } from '../../core/failures.js';
import { REDRIVEN, type DeadLetter } from '../../storage/dead-letter-queue.js';
import { DEFAULT_LOOK, type DlqOptions } from './dlq-options.js';
import { printJson, printLine } from '../output.js';
import { openDeadLetterQueue } from './open-dead-letter-queue.js';

/** Messages of a group that are listed one by one. */
const SHOWN = 5;

/** Prints the messages, grouped by the reason they were given up for, the most frequent first. */
export async function listDeadLetters(options: DlqOptions): Promise<void> {
  const { dlq } = await openDeadLetterQueue(options);
  const letters = await dlq.look(options.limit ?? DEFAULT_LOOK);
  const groups = [...groupByReason(letters)].sort(([, a], [, b]) => b.length - a.length);
  if (options.json === true) {
    printJson({
      queueUrl: dlq.url,
      count: letters.length,
      groups: groups.map(([reason, group]) => ({
        reason,
        count: group.length,
        messages: group.map(({ messageId, detail, sentAt }) => ({ messageId, detail, sentAt })),
      })),
    });
    return;
  }
  if (groups.length === 0) printLine('the dead-letter queue is empty');
  for (const [reason, group] of groups) {
    printLine(`${String(group.length).padStart(6)}  ${reason}${meaningOf(reason)}`);
    for (const { messageId, detail, body } of group.slice(0, SHOWN))
      printLine(`        ${messageId}  ${detail ?? startOf(body)}`);
    if (group.length > SHOWN) printLine(`        … and ${String(group.length - SHOWN)} more`);
  }
}

/** Prints one message in full. */
export async function showDeadLetter(id: string, options: DlqOptions): Promise<void> {
  const { dlq } = await openDeadLetterQueue(options);
  const letters = await dlq.look(DEFAULT_LOOK);
  const letter = letters.find(({ messageId, originalId }) => messageId === id || originalId === id);
  if (letter === undefined) {
    throw new MidstateError('ObjectGone', 'dlq show: there is no such message among those looked at', {
      facts: { messageId: id, lookedAt: letters.length },
    });
  }
  const { receiptHandle: _, ...told } = letter;
  if (options.json === true) printJson(told);
  else {
    for (const [name, value] of Object.entries(told)) if (name !== 'body') printLine(`${name}: ${value}`);
    printLine();
    for (const line of letter.body.split('\n')) printLine(line);
  }
}

function groupByReason(letters: readonly DeadLetter[]): Map<string, DeadLetter[]> {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of letters) groups.set(letter.reason, [...(groups.get(letter.reason) ?? []), letter]);
  return groups;
}

function meaningOf(reason: string): string {
  return reason === REDRIVEN ? '  (understood, but failed at every delivery; the poller’s log says why)' : '';
}

function startOf(body: string): string {
  return body.length > 100 ? `${body.slice(0, 100)}…` : body;
}
