import type { Client } from '@temporalio/client';
import type { ObjectRef } from '../core/contracts.js';
import { compareSequencers } from '../core/sequencer.js';
import { objectQuery } from './job-status.js';
import { serverLocation } from './server-names.js';
import { translateTemporalError } from './temporal-failures.js';

/** Jobs of one key that are looked at, newest first: re-uploads of the same bytes are few. */
const MAX_JOBS = 1_000;

const DEADLINE_MS = 10_000;

/**
 * The newest sequencer under which a job of this object and ETag was started; undefined where no event told of it. It
 * gives a start by hand the identity that the event's job has, where there is no version id. The server lists a job a
 * moment after its start.
 *
 * @throws MidstateError TemporalUnavailable (retried)
 */
export async function findSequencer(client: Client, object: ObjectRef): Promise<string | undefined> {
  const { key, etag } = object;
  const query = objectQuery(serverLocation(client, object));
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      let newest: string | undefined;
      let seen = 0;
      for await (const { memo } of client.workflow.list({ query })) {
        if (++seen > MAX_JOBS) break;
        const sequencer = memo?.['sequencer'];
        if (memo?.['key'] !== key || memo['etag'] !== etag || typeof sequencer !== 'string') continue;
        if (newest === undefined || compareSequencers(sequencer, newest) > 0) newest = sequencer;
      }
      return newest;
    });
  } catch (error) {
    throw translateTemporalError(error, 'find the job of an object');
  }
}
