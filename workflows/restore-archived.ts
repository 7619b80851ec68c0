import { sleep } from '@temporalio/workflow';
import type { Archive, RestorePolicy } from '../src/core/restore.js';
import { controlOptions, restoreObject } from './activity-proxies.js';
import { showRestore } from './job-visibility.js';
import type { Job } from './job.js';

/**
 * Has S3 restore an archived object and waits, by timers, until its bytes can be read: minutes to two days. Eleven
 * history events a look, at most some hundred looks. What it came to is part of the job's result.
 */
export async function restoreArchived(job: Job, restore: RestorePolicy): Promise<void> {
  const { object, policy = {} } = job.input;
  const { tier, days } = restore;
  const startedMs = Date.now();
  job.wasArchived = true;
  let archive: Archive | undefined;
  let estimatedUsd: number | undefined;
  for (;;) {
    if (job.hold.isHeld) await job.hold.released();
    const look = await restoreObject.executeWithOptions(controlOptions(policy, 'restore'), [
      { object, restore },
    ]);
    if (look.isReadable) break;
    ({ archive } = look);
    estimatedUsd = look.estimatedUsd ?? estimatedUsd;
    showRestore(archive, tier);
    await sleep(look.lookAgainMs);
  }
  if (archive === undefined) return; // somebody has restored it meanwhile
  job.restored = {
    archive,
    tier,
    days,
    ...(estimatedUsd === undefined ? {} : { estimatedUsd }),
    waitedSeconds: Math.round((Date.now() - startedMs) / 1_000),
  };
}
