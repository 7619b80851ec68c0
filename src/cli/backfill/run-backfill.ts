import { loadConfig, type Config } from '../../config.js';
import type { BackfillInput } from '../../core/backfill.js';
import { readBackfillStatus } from '../../temporal/backfill-status.js';
import { startBackfill } from '../../temporal/start-backfill.js';
import { openClient } from '../../starter/open-client.js';
import { printJson, printLine } from '../output.js';
import { temporalOf } from '../report-job.js';
import { jobUrl } from '../../temporal/web-ui-links.js';
import type { BackfillOptions } from './backfill-options.js';
import { dryRun } from './dry-run.js';
import { followBackfill } from './follow-backfill.js';
import { inputOf } from './order-of.js';
import { reportBackfill } from './report-backfill.js';
import { sourceOf } from './source-of.js';

/** Starts a backfill, or says that it runs already and how far it is; or says what one would take. */
export async function runBackfill(prefix: string | undefined, options: BackfillOptions): Promise<void> {
  const config = configOf(options);
  const source = await sourceOf(prefix, options);
  await run(inputOf('backfill', source, config, options), config, options);
}

export function configOf({ algorithms, publish, policyFile }: BackfillOptions): Config {
  return loadConfig({ algorithms, publish, policyFile });
}

/** The same for a backfill and a reconciliation. */
export async function run(input: BackfillInput, config: Config, options: BackfillOptions): Promise<void> {
  if (options.dryRun === true) {
    await dryRun(input, config, options);
    return;
  }
  const client = await openClient();
  const temporal = temporalOf(client, config);
  try {
    const { workflowId, isNew } = await startBackfill(client, input);
    if (options.wait === true) await followBackfill(temporal, workflowId, options.json);
    else if (isNew) reportStart(workflowId, temporal.ui, options);
    else {
      if (options.json !== true) printLine('it runs already:');
      reportBackfill(temporal, await readBackfillStatus(client, workflowId), options.json);
    }
  } finally {
    await client.connection.close();
  }
}

function reportStart(
  workflowId: string,
  ui: Parameters<typeof jobUrl>[0] | undefined,
  { json }: BackfillOptions,
): void {
  const link = ui === undefined ? undefined : jobUrl(ui, workflowId);
  if (json === true) {
    printJson({ workflowId, isNew: true, ...(link === undefined ? {} : { webUi: link }) });
    return;
  }
  printLine(`started  ${workflowId}`);
  if (link !== undefined) printLine(`  ${link}`);
  printLine(`  midstate backfill status ${workflowId}`);
}
