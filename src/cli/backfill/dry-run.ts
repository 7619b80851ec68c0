import { setTimeout as delay } from 'node:timers/promises';
import { Estimator } from '../../backfill/estimate.js';
import { listItems } from '../../backfill/list-items.js';
import { createStartItem, type StartItem } from '../../backfill/start-item.js';
import { startItems } from '../../backfill/start-items.js';
import { policyOf, type Config } from '../../config.js';
import {
  LISTED_PAGE,
  NO_COUNTS,
  NO_SAMPLES,
  pageSize,
  type BackfillInput,
  type StartPageResult,
} from '../../core/backfill.js';
import type { HashObjectInput } from '../../core/contracts.js';
import { classFor } from '../../core/routing.js';
import { scopeOf, type Rule } from '../../ingest/policy/ingest-policy.js';
import { loadPolicy } from '../../ingest/policy/policy-file.js';
import { createS3ListStore } from '../../storage/s3-list-store.js';
import type { BackfillOptions } from './backfill-options.js';
import { reportDryRun } from './report-dry-run.js';
import { openProbe } from './open-probe.js';

/** Objects looked at without a limit of the user's: listing so many takes seconds, */
const MAX_LISTED = 100_000;

/** and asking S3 and Temporal about each of so many too. */
const MAX_ASKED = 1_000;

/**
 * Goes through the objects as the backfill would, here and now, and starts nothing. What carries its digest or has a
 * job is only asked for where that is what decides: with `missingOnly`.
 */
export async function dryRun(input: BackfillInput, config: Config, options: BackfillOptions): Promise<void> {
  const policy = config.policyFile === undefined ? undefined : loadPolicy(config.policyFile).policy;
  const ruleOf = (object: HashObjectInput['object']) => {
    const scope = scopeOf(policy, object);
    return 'rule' in scope ? scope.rule : undefined;
  };
  const asks = input.missingOnly === true;
  const probe = asks ? await openProbe(config, input) : undefined;
  const start: StartItem =
    probe?.start ?? createStartItem({ startUpload: byScope(policy), describe: notAsked });
  const estimator = new Estimator();
  const maxObjects = options.limit ?? (asks ? MAX_ASKED : MAX_LISTED);
  try {
    const found = await startItems(
      listItems(createS3ListStore(config.aws), input.source, {}, maxObjects),
      { position: {}, counts: NO_COUNTS, samples: NO_SAMPLES },
      {
        start,
        onOutcome: ({ kind, upload }) => {
          if (kind === 'started') estimator.add(estimated(config, upload.object, ruleOf(upload.object)));
        },
        now: () => performance.now(),
        pause: (ms) => (ms > 0 ? delay(ms) : Promise.resolve()),
        shouldStop: () => false,
      },
      { maxObjects, maxSeconds: Infinity },
    );
    addSearch(estimator, input, found);
    reportDryRun(input, { ...found, estimate: estimator.total() }, options.json);
  } finally {
    await probe?.close();
  }
}

function byScope(
  policy: Parameters<typeof scopeOf>[0],
): Parameters<typeof createStartItem>[0]['startUpload'] {
  return (upload) => {
    const scope = scopeOf(policy, upload.object);
    return Promise.resolve(
      'reason' in scope
        ? { upload, kind: 'out-of-scope', reason: scope.reason }
        : { upload, kind: 'started', workflowId: '' },
    );
  };
}

/** Whether a key is that of a sidecar of midstate's is not asked here: it is counted as an object. */
function notAsked(): Promise<{ isSidecar: boolean }> {
  return Promise.resolve({ isSidecar: false });
}

function estimated(config: Config, object: HashObjectInput['object'], rule: Rule | undefined) {
  const policy = policyOf(config, object);
  const { publish, memoryClassMB } = rule ?? {};
  return {
    sizeBytes: object.sizeBytes,
    memoryClassMB: memoryClassMB ?? classFor(policy, object.sizeBytes ?? 0),
    algorithms: rule?.algorithms ?? config.algorithms,
    publish:
      publish === undefined
        ? config.publish
        : { tags: publish.includes('tags'), sidecar: publish.includes('sidecar') },
    rangeSizeBytes: config.rangeSizeBytes,
    lossBoundSeconds: config.lossBoundSeconds,
  };
}

/** Finding the objects: listings, a HEAD of each whose version is not told, labels, and an activity a page. */
function addSearch(
  estimator: Estimator,
  { source, missingOnly, ratePerSecond }: BackfillInput,
  { counts }: StartPageResult,
): void {
  const { listed, outOfScope, started } = counts;
  const pages = Math.ceil(listed / pageSize(source, ratePerSecond));
  estimator.addSearch({
    lists: source.kind === 'prefix' ? Math.max(1, Math.ceil(listed / LISTED_PAGE)) : 0,
    gets: listed - outOfScope + (missingOnly === true ? listed - outOfScope : 0),
    // Each page is scheduled, and its heartbeats reach the server every four seconds.
    actions: started === 0 ? 0 : 1 + 3 * pages,
  });
}
