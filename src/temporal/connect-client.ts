import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { MidstateError } from '../core/failures.js';

/** A server that has not answered by then is reported as unreachable. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Client from Temporal's own environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key,
 * profiles).
 *
 * @param env variables to use in place of the process's
 * @throws MidstateError TemporalUnavailable
 */
export async function connectClient(env?: Record<string, string>): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig(
    env === undefined ? {} : { overrideEnvVars: env },
  );
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: CONNECT_TIMEOUT_MS,
  }).catch(unreachable(connectionOptions.address));
  return new Client({ connection, ...(namespace === undefined ? {} : { namespace }) });
}

/** The server's address as it is configured; undefined where nothing is, and the local default holds. */
export function temporalAddress(): string | undefined {
  return loadClientConnectConfig().connectionOptions.address;
}

/** Turns any failure to connect into the one that says what to do. */
export function unreachable(address: string | undefined) {
  return (cause: unknown): never => {
    throw new MidstateError(
      'TemporalUnavailable',
      'Temporal server: it does not answer; start one with `midstate dev`, or set TEMPORAL_ADDRESS (and TEMPORAL_API_KEY or TLS for Temporal Cloud)',
      {
        facts: {
          address: address ?? 'localhost:7233',
          actual: cause instanceof Error ? cause.message : String(cause),
        },
        cause,
      },
    );
  };
}
