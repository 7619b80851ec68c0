import type { LightFault } from '../faults.js';
import type { ExpectedObjects } from '../load/expected-objects.js';
import { pickVictim, type Uploader } from '../load/uploader.js';
import type { ReadAccount } from '../read-account.js';
import type { RunLog } from '../run-log.js';
import type { SeededRandom } from '../seeded-random.js';
import type { ChaosStage } from '../stage/chaos-stage.js';

export interface LightContext {
  readonly stage: ChaosStage;
  readonly account: ReadAccount;
  readonly log: RunLog;
  readonly objects: ExpectedObjects;
  readonly uploader: Uploader;
  readonly random: SeededRandom;
}

/** Spoils an answer of S3, or does to an object what its owner may do at any time. */
export async function injectLight(context: LightContext, fault: LightFault): Promise<void> {
  const { stage, account, log, objects, uploader, random } = context;
  if (fault.kind === 'answer') {
    stage.answers.arm({
      ...fault,
      onStruck: ({ what, sizeBytes }) => {
        log.injected(`answer ${what}`);
        // Whoever reads a wrong bit reads the whole object again.
        if (what === 'corrupted') account.allow('answer corrupted: the object once more', sizeBytes);
      },
    });
    return;
  }
  const victim = pickVictim(objects, random);
  if (victim === undefined) return;
  if (fault.what === 'overwritten') await uploader.overwrite(victim);
  else await uploader.remove(victim);
  log.injected(`object ${fault.what}`);
}
