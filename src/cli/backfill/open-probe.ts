import { createStartItem, type StartItem } from '../../backfill/start-item.js';
import type { Config } from '../../config.js';
import type { BackfillInput } from '../../core/backfill.js';
import { createProcessLogger } from '../../observability/create-process-logger.js';
import { logEvents } from '../../observability/log-events.js';
import { composeStarter } from '../../starter/compose-starter.js';
import { starterOptions } from '../../starter/open-page-starter.js';
import { probeHashObject } from '../../temporal/find-job.js';
import { openClient } from '../../starter/open-client.js';

/** Looks at objects as a backfill of what is missing would, and starts nothing. */
export async function openProbe(
  config: Config,
  input: BackfillInput,
): Promise<{ readonly start: StartItem; close(): Promise<void> }> {
  const client = await openClient();
  const starter = await composeStarter({
    ...starterOptions(config, client, input),
    log: logEvents(createProcessLogger(config, {})),
    start: (job) => probeHashObject(client, job),
  });
  const startUpload = starter.createStartUpload((work) => work());
  return {
    start: createStartItem({ startUpload, describe: starter.describe }),
    close: async () => {
      starter.stop();
      await client.connection.close();
    },
  };
}
