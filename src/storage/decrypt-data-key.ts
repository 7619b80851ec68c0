import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { MidstateError } from '../core/failures.js';

/**
 * Has AWS KMS decrypt a data key. Region, endpoint and credentials come from the SDK's own chain; the ciphertext names
 * its key itself.
 * @throws MidstateError KmsDenied
 */
export async function decryptDataKey(ciphertext: Uint8Array): Promise<Uint8Array> {
  const client = new KMSClient({});
  try {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
    return Plaintext ?? new Uint8Array();
  } catch (cause) {
    throw new MidstateError(
      'KmsDenied',
      'payload keys: KMS did not decrypt the data key; kms:Decrypt on its key is needed, and AWS_REGION as it was made in',
      {
        facts: { actual: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) },
        cause,
      },
    );
  } finally {
    client.destroy();
  }
}
