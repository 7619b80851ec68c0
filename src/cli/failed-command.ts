import { Option, type Command } from 'commander';
import { GROUPINGS, type Grouping } from '../core/undone-jobs.js';
import { addSelectionOptions, parseCount, type SelectionOptions } from './selection-options.js';

export interface FailedOptions extends SelectionOptions {
  readonly by: Grouping;
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function addFailedCommand(program: Command): void {
  const command = program
    .command('failed')
    .description('show jobs that failed, why, and what to do about it')
    .argument('[query]', 'only those that this visibility query finds, too')
    .addOption(new Option('--by <what>', 'group by it').choices(GROUPINGS).default('cause'));
  addSelectionOptions(command)
    .option('--limit <count>', 'jobs to look at, the newest first', parseCount, 10_000)
    .option('--follow', 'then print jobs as they fail, until Ctrl-C')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate failed --since 1d\n' +
        '  midstate failed --by prefix --cause AccessDenied\n' +
        "  midstate failed 'ObjectSizeBytes > 5000000000' --json\n" +
        '\nA job that has been started again since is not shown: it goes on, or has a result.',
    )
    .action(async (query: string | undefined, options: FailedOptions) => {
      const { showFailed } = await import('./failed/show-failed.js');
      await showFailed(query, options);
    });
}
