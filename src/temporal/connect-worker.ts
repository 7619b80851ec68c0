import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { unreachable } from './temporal-connection.js';

/**
 * Connection of a worker, from the same configuration.
 * @throws MidstateError TemporalUnavailable
 */
export async function connectWorker(): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions).catch(
    unreachable(connectionOptions.address),
  );
  return { connection, namespace: namespace ?? 'default' };
}
