import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { CONNECT_TIMEOUT_MS, unreachable } from './temporal-connection.js';

/**
 * Connection of a worker, from the same configuration. Once it stands, the worker itself waits out a server that is away.
 * @throws MidstateError TemporalUnavailable
 */
export async function connectWorker(): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await withinConnectTimeout(NativeConnection.connect(connectionOptions)).catch(
    unreachable(connectionOptions.address),
  );
  return { connection, namespace: namespace ?? 'default' };
}

/** The SDK's native client waits half a minute for a server that takes the connection and is silent. */
async function withinConnectTimeout(connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(CONNECT_TIMEOUT_MS / 1_000)} s`));
    }, CONNECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([connecting, isLate]);
  } finally {
    clearTimeout(timer);
  }
}
