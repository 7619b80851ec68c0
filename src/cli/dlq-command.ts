import { InvalidArgumentError, type Command } from 'commander';
import { DEFAULT_LOOK, type DlqOptions } from './dlq/dlq-options.js';

export function addDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description(
      'look after the dead-letter queue: messages that could not be understood, or failed too often',
    )
    .addHelpText(
      'after',
      '\nExample:\n  midstate dlq list\n  midstate dlq redrive --dry-run\n  midstate dlq purge --reason not-json',
    );
  const sub = (name: string, description: string) =>
    dlq
      .command(name)
      .description(description)
      .option('--queue-url <url>', 'the queue whose dead-letter queue it is (default: MIDSTATE_QUEUE_URL)')
      .option('--json', 'print JSON')
      .exitOverride();
  sub('list', 'the messages, by the reason they were given up for')
    .option('--limit <count>', `messages to look at (default: ${String(DEFAULT_LOOK)})`, parseCount)
    .action(async (options: DlqOptions) => {
      const { listDeadLetters } = await import('./dlq/list-dead-letters.js');
      await listDeadLetters(options);
    });
  sub('show', 'one message in full')
    .argument('<id>', 'message id, as list prints it')
    .action(async (id: string, options: DlqOptions) => {
      const { showDeadLetter } = await import('./dlq/list-dead-letters.js');
      await showDeadLetter(id, options);
    });
  sub('redrive', 'put the messages back into the queue')
    .option('--reason <reason>', 'only those given up for this reason')
    .option('--limit <count>', 'so many at most', parseCount)
    .option('--dry-run', 'say how many that would be, and do nothing')
    .action(async (options: DlqOptions) => {
      const { redriveDeadLetters } = await import('./dlq/redrive-dead-letters.js');
      await redriveDeadLetters(options);
    });
  sub('purge', 'delete the messages for good')
    .option('--reason <reason>', 'only those given up for this reason')
    .option('--limit <count>', 'so many at most', parseCount)
    .option('--dry-run', 'say how many that would be, and do nothing')
    .option('--yes', 'do not ask')
    .action(async (options: DlqOptions) => {
      const { purgeDeadLetters } = await import('./dlq/purge-dead-letters.js');
      await purgeDeadLetters(options);
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError(`expected a whole number from 1, got ${text}.`);
}
