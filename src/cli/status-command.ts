import type { Command } from 'commander';
import { parseCount } from './selection-options.js';

export interface StatusOptions {
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show how far jobs and replays have come, and what they found')
    .argument('[job]', 's3://bucket/key, a workflow id, or the id of a replay (default: the newest jobs)')
    .option('--limit <count>', 'jobs to show', parseCount, 20)
    .option('--follow', 'show it again each second, until all have ended or Ctrl-C')
    .option('--json', 'print one JSON value a line')
    .addHelpText('after', '\nExample:\n  midstate status s3://bucket/video.mov\n  midstate status --follow')
    .action(async (job: string | undefined, options: StatusOptions) => {
      const { showStatus } = await import('./show-status.js');
      await showStatus(job, options);
    });
}
