import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { MidstateError } from '../core/failures.js';
import { EncryptingCodec } from './payloads/encrypting-codec.js';
import { parsePayloadKeys, type DecryptDataKey } from './payloads/payload-keys.js';

/** Found from here as from the bundled command line, which lies as deep. */
const FAILURE_CONVERTER = fileURLToPath(new URL('../temporal/payloads/private-failures.js', import.meta.url));

/**
 * How payloads are put into Temporal: encrypted with the keys of the file.
 * @throws MidstateError InvalidInput
 */
export async function loadDataConverter(
  keyFile: string,
  decryptDataKey: DecryptDataKey,
): Promise<DataConverter> {
  return {
    payloadCodecs: [await loadCodec(keyFile, decryptDataKey)],
    failureConverterPath: FAILURE_CONVERTER,
  };
}

/** @throws MidstateError InvalidInput */
export async function loadCodec(keyFile: string, decryptDataKey: DecryptDataKey): Promise<EncryptingCodec> {
  const text = await readFile(keyFile, 'utf8').catch((cause: unknown) => {
    throw new MidstateError(
      'InvalidInput',
      `payload keys: ${keyFile}: it cannot be read: ${(cause as Error).message}`,
    );
  });
  return new EncryptingCodec(await parsePayloadKeys(text, keyFile, decryptDataKey));
}
