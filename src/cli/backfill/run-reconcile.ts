import { loadConfig } from '../../config.js';
import { MidstateError } from '../../core/failures.js';
import { parseS3Prefix } from '../../core/s3-prefix.js';
import { scheduleReconcile, unscheduleReconcile } from '../../temporal/reconcile-schedule.js';
import { openClient } from '../../starter/open-client.js';
import { printJson, printLine } from '../output.js';
import type { ReconcileOptions } from '../reconcile-command.js';
import { inputOf } from './order-of.js';
import { run } from './run-backfill.js';

/** Reconciles a prefix once, or puts that on a schedule, or takes it off. */
export async function runReconcile(prefix: string, options: ReconcileOptions): Promise<void> {
  const { every, unschedule, algorithms, publish, policyFile } = options;
  const exclusive = [every !== undefined, unschedule, options.wait, options.dryRun].filter(
    (given) => given === true,
  );
  if (exclusive.length > 1) {
    throw new MidstateError(
      'InvalidInput',
      'reconcile: expected at most one of --every, --unschedule, --wait and --dry-run',
    );
  }
  const config = loadConfig({ algorithms, publish, policyFile });
  const location = parseS3Prefix(prefix);
  const source = { kind: 'prefix', ...location } as const;
  const input = { ...inputOf('reconcile', source, config, { ...options, missingOnly: true }), source };
  if (every === undefined && unschedule !== true) {
    await run(input, config, options);
    return;
  }
  const client = await openClient();
  try {
    const done =
      every === undefined
        ? {
            scheduleId: await unscheduleReconcile(client, location.bucket, location.prefix),
            state: 'removed',
          }
        : scheduled(await scheduleReconcile(client, input, every));
    if (options.json === true) printJson(done);
    else printLine(`schedule ${done.state}  ${done.scheduleId}`);
  } finally {
    await client.connection.close();
  }
}

function scheduled({ scheduleId, isNew }: { readonly scheduleId: string; readonly isNew: boolean }) {
  return { scheduleId, state: isNew ? 'created' : 'changed' };
}
