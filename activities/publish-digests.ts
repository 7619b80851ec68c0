import type { SinkReceipt } from '../src/core/contracts.js';
import { isRetryable, MidstateError } from '../src/core/failures.js';
import type { ObjectStore } from '../src/core/ports.js';
import type { PublishDigestsInput, PublishDigestsResult } from './activity-contracts.js';
import { publishSidecars } from './publish-sidecars.js';
import { publishTags } from './publish-tags.js';

/**
 * Writes digests to the sinks asked for. A sink that refuses for good (no room, no permission) is reported in its
 * receipt: the digest stands, whoever could not store it.
 *
 * Retry-safe: each sink writes the same again. No heartbeat: it takes a few requests.
 *
 * @throws MidstateError ObjectChanged, ObjectGone (not retried): nothing is labelled; StoreUnavailable (retried)
 */
export async function publishDigests(
  store: ObjectStore,
  input: PublishDigestsInput,
): Promise<PublishDigestsResult> {
  const receipts: SinkReceipt[] = [];
  if (input.publish.tags === true) {
    receipts.push(await receiptOf('tags', () => publishTags(store, input.description, input.digests)));
  }
  if (input.publish.sidecar === true) {
    receipts.push(await receiptOf('sidecar', () => publishSidecars(store, input.description, input.digests)));
  }
  return { receipts };
}

async function receiptOf(
  sink: SinkReceipt['sink'],
  write: () => Promise<Omit<SinkReceipt, 'sink'>>,
): Promise<SinkReceipt> {
  try {
    return { sink, ...(await write()) };
  } catch (error) {
    if (!(error instanceof MidstateError) || !isRefusal(error)) throw error;
    return { sink, status: 'refused', cause: error.failure, detail: error.message };
  }
}

function isRefusal({ failure }: MidstateError): boolean {
  return !isRetryable(failure) && failure !== 'ObjectChanged' && failure !== 'ObjectGone';
}
