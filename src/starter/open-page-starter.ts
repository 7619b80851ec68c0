import type { Client } from '@temporalio/client';
import type { BackfillDependencies } from '../../activities/index.js';
import { createStartItem } from '../backfill/start-item.js';
import type { Config } from '../config.js';
import type { BackfillOrder } from '../core/backfill.js';
import { MidstateError } from '../core/failures.js';
import type { LogFacts } from '../core/log-facts.js';
import { StartGate } from '../ingest/poller/start-gate.js';
import { createObjectInquiries } from '../storage/object-inquiries.js';
import { createS3ListStore } from '../storage/s3-list-store.js';
import { createFindSequencers } from '../temporal/find-sequencers.js';
import { startHashObject } from '../temporal/start-hash-object.js';
import { composeStarter, type StarterOptions } from './compose-starter.js';

/** While the Temporal server does not take a start, one at a time tries it. */
const GATE = { maxConcurrent: 50, firstPauseMs: 500, maxPauseMs: 15_000 };

/** What backfills need of a worker: its settings hold, as the poller's do for uploads. */
export function backfillDependencies(
  config: Config,
  client: Client,
  log: (event: string, facts: LogFacts) => void,
): BackfillDependencies {
  const inquiries = createObjectInquiries(config.aws);
  return {
    lists: createS3ListStore(config.aws),
    openStarter: async (order, stop) => {
      const starter = await composeStarter({
        ...starterOptions(config, client, order),
        inquiries: () => Promise.resolve(inquiries),
        log,
        start: (input) => startHashObject(client, input, false, 'FAIL'),
      });
      const gate = new StartGate(GATE, stop);
      const startUpload = starter.createStartUpload((work) => gate.run(work));
      const { describe } = starter;
      return {
        start: createStartItem({ startUpload, describe }),
        close: () => {
          starter.stop();
        },
      };
    },
  };
}

/**
 * How a backfill's objects are started: as the poller's, but for what was asked for, and with their labels looked at
 * where only those without a digest are meant.
 *
 * @throws MidstateError InvalidInput where a policy file is needed and the configuration names none
 */
export function starterOptions(
  config: Config,
  client: Client,
  { algorithms, publish, missingOnly = false, needsPolicy = false }: BackfillOrder,
): Pick<StarterOptions, 'config' | 'client' | 'findSequencer'> {
  if (needsPolicy && config.policyFile === undefined) {
    throw new MidstateError(
      'InvalidInput',
      'backfill: it was asked for with a policy file, but the workflow worker has none: set MIDSTATE_POLICY_FILE there too',
    );
  }
  const { remember } = config;
  return {
    config: {
      ...config,
      algorithms: algorithms === undefined ? config.algorithms : [...algorithms],
      publish: publish === undefined ? config.publish : { tags: false, sidecar: false, ...publish },
      remember: missingOnly && remember.length === 0 ? ['tags', 'sidecar'] : remember,
    },
    client,
    findSequencer: createFindSequencers(client),
  };
}
