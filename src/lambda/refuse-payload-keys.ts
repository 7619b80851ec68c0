import type { Config } from '../config.js';
import { MidstateError } from '../core/failures.js';

/**
 * Functions are packaged without the codec: rather than start jobs in clear where they are to be encrypted, or fail each
 * task that is, they do not start.
 * @throws MidstateError InvalidInput
 */
export function refusePayloadKeys({ payloadKeyFile }: Pick<Config, 'payloadKeyFile'>): void {
  if (payloadKeyFile === undefined) return;
  throw new MidstateError(
    'InvalidInput',
    'payload keys: Lambda functions cannot encrypt payloads yet; use long-lived workers and the poller, or take MIDSTATE_PAYLOAD_KEY_FILE away',
  );
}
