import type { Client } from '@temporalio/client';
import { loadConfig } from '../../config.js';
import { progressLine } from '../../core/backfill-details.js';
import { MidstateError } from '../../core/failures.js';
import {
  cancelBackfill,
  findBackfills,
  readBackfillStatus,
  setBackfillPaused,
} from '../../temporal/backfill-status.js';
import { openClient } from '../../starter/open-client.js';
import { printJson, printLine } from '../output.js';
import { temporalOf } from '../report-job.js';
import type { BackfillOptions } from './backfill-options.js';
import { reportBackfill } from './report-backfill.js';

const DEFAULT_SHOWN = 10;

/** Prints one backfill, or the newest ones. */
export async function showBackfills(id: string | undefined, options: BackfillOptions): Promise<void> {
  await withClient(async (client) => {
    const temporal = temporalOf(client, loadConfig());
    const ids = id === undefined ? await findBackfills(client, options.limit ?? DEFAULT_SHOWN) : [id];
    if (ids.length === 0) {
      throw new MidstateError(
        'ObjectGone',
        'backfill: there is none yet; `midstate backfill s3://…` starts one',
      );
    }
    for (const each of ids) reportBackfill(temporal, await readBackfillStatus(client, each), options.json);
  });
}

/** Pauses, resumes or cancels a backfill. */
export async function operateBackfill(
  operation: 'pause' | 'resume' | 'cancel',
  workflowId: string,
  { json }: BackfillOptions,
): Promise<void> {
  await withClient(async (client) => {
    if (operation === 'cancel') await cancelBackfill(client, workflowId);
    const progress =
      operation === 'cancel' ? undefined : await setBackfillPaused(client, workflowId, operation === 'pause');
    if (json === true)
      printJson({ workflowId, asked: operation, ...(progress === undefined ? {} : { progress }) });
    else if (progress !== undefined) printLine(`${workflowId}  ${progressLine(progress)}`);
    else if (operation === 'cancel') printLine(`${workflowId}  asked to end; its jobs go on`);
    else printLine(`${workflowId}  asked to ${operation}; no workflow worker answers now`);
  });
}

async function withClient(work: (client: Client) => Promise<void>): Promise<void> {
  const client = await openClient();
  try {
    await work(client);
  } finally {
    await client.connection.close();
  }
}
