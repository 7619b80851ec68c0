import { Client, Connection, type ClientPlugin, type ConnectionLike } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { MidstateError } from '../core/failures.js';

/** A server that has not answered by then is reported as unreachable: with the start of the process, within 10 s. */
export const CONNECT_TIMEOUT_MS = 8_000;

export interface ClientChoice {
  /** Variables to use in place of the process's. */
  readonly env?: Record<string, string> | undefined;
  readonly plugins?: ClientPlugin[] | undefined;
  /** How payloads are put into Temporal. Default: as JSON, in clear. */
  readonly dataConverter?: DataConverter | undefined;
}

/**
 * Client from Temporal's own environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, TLS, API key,
 * profiles).
 *
 * @throws MidstateError TemporalUnavailable
 */
export async function connectClient({
  env,
  plugins = [],
  dataConverter,
}: ClientChoice = {}): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig(
    env === undefined ? {} : { overrideEnvVars: env },
  );
  const connection = await Connection.connect({
    ...connectionOptions,
    connectTimeout: CONNECT_TIMEOUT_MS,
  }).catch(unreachable(connectionOptions.address));
  return new Client({
    connection,
    plugins,
    ...(namespace === undefined ? {} : { namespace }),
    ...(dataConverter === undefined ? {} : { dataConverter }),
  });
}

/** The server's address as it is configured; undefined where nothing is, and the local default holds. */
export function temporalAddress(): string | undefined {
  return loadClientConnectConfig().connectionOptions.address;
}

/** A server that has not answered by then counts as one that does not. */
const PROBE_DEADLINE_MS = 800;

/** Asks the server the lightest question there is; resolves with what is wrong, or undefined. */
export async function temporalAnswers(
  connection: Pick<ConnectionLike, 'withDeadline' | 'workflowService'>,
): Promise<string | undefined> {
  try {
    await connection.withDeadline(Date.now() + PROBE_DEADLINE_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return undefined;
  } catch (error) {
    return `the server does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
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
