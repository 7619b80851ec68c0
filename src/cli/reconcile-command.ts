import type { Command } from 'commander';
import { addBackfillOptions, type BackfillOptions } from './backfill/backfill-options.js';
import { parseEvery } from './parse-every.js';

export interface ReconcileOptions extends BackfillOptions {
  readonly every?: number;
  readonly unschedule?: boolean;
}

export function addReconcileCommand(program: Command): void {
  const command = program
    .command('reconcile')
    .description('find objects of a prefix without a digest for their current version, and start their jobs')
    .argument('<prefix>', 's3://bucket/prefix');
  addBackfillOptions(command)
    .option('--policy-file <file>', 'with --dry-run: what is hashed, and how')
    .option('--every <time>', 'do it again and again, on a Temporal Schedule: 30m, 6h, 1d', parseEvery)
    .option('--unschedule', 'take it off the schedule')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  midstate reconcile s3://bucket/photos/ --dry-run\n' +
        '  midstate reconcile s3://bucket/photos/ --wait\n' +
        '  midstate reconcile s3://bucket/ --every 1d\n' +
        '\nA version has its digest when its tags or sidecars hold it, or when Temporal knows a job of it that runs or is\n' +
        'done. It is a backfill of what is missing: `midstate backfill status|pause|resume|cancel` work on it.',
    )
    .action(async (prefix: string, options: ReconcileOptions) => {
      const { runReconcile } = await import('./backfill/run-reconcile.js');
      await runReconcile(prefix, options);
    });
}
