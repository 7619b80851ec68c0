import type { Client, ClientPlugin } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadConfig, type Config } from '../config.js';
import { connectClient } from '../temporal/temporal-connection.js';

/**
 * Temporal client of a process, which encrypts payloads where the configuration has keys.
 * @throws MidstateError TemporalUnavailable, InvalidInput (the keys)
 */
export async function openClient(
  config: Pick<Config, 'payloadKeyFile'> = loadConfig(),
  plugins?: ClientPlugin[],
): Promise<Client> {
  return await connectClient({ plugins, dataConverter: await dataConverterOf(config) });
}

/** Undefined where the configuration has no keys: payloads are JSON, in clear. */
export async function dataConverterOf({
  payloadKeyFile,
}: Pick<Config, 'payloadKeyFile'>): Promise<DataConverter | undefined> {
  if (payloadKeyFile === undefined) return undefined;
  const { loadDataConverter } = await import('../temporal/load-data-converter.js');
  return await loadDataConverter(payloadKeyFile, async (ciphertext) => {
    const { decryptDataKey } = await import('../storage/decrypt-data-key.js');
    return await decryptDataKey(ciphertext);
  });
}
