import type { Config } from '../../config.js';
import type { BackfillInput, BackfillSource } from '../../core/backfill.js';
import type { BackfillOptions } from './backfill-options.js';

/**
 * What was asked for, as the workflow takes it. Digests and where they are published are only told where the command
 * line names them: the worker's hold otherwise.
 */
export function inputOf(
  name: BackfillInput['name'],
  source: BackfillSource,
  config: Config,
  options: BackfillOptions,
): BackfillInput {
  const { rate, limit, missingOnly, algorithms, publish } = options;
  return {
    name,
    source,
    ...(missingOnly === true ? { missingOnly } : {}),
    ...(algorithms === undefined ? {} : { algorithms: config.algorithms }),
    ...(publish === undefined ? {} : { publish: config.publish }),
    ...(config.policyFile === undefined ? {} : { needsPolicy: true }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
    ...(limit === undefined ? {} : { limit }),
    taskQueuePrefix: config.taskQueuePrefix,
  };
}
