import { mkdirSync } from 'node:fs';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { choosePorts, LOOPBACK } from '../../src/local/ports.js';
import { ServerProcess } from '../../src/local/process/server-process.js';
import { provisionNamespace } from '../../src/local/provision-namespace.js';
import { serverEnvironment } from '../../src/local/servers/server-environment.js';
import { locateTemporalCli } from '../../src/local/servers/temporal-cli.js';
import { temporalServer } from '../../src/local/servers/temporal-server.js';

/** A Temporal server of the bench's own. */
export interface BenchTemporal {
  /** Temporal's standard variables. */
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

const NAMESPACE = 'default';

/**
 * Starts the local stack's Temporal server on a free port.
 * @throws MidstateError when it cannot be had or does not start
 */
export async function startTemporal(
  environment: LocalEnvironment,
  dataDir: string,
  report: Report,
): Promise<BenchTemporal> {
  const executable = await locateTemporalCli(environment, report);
  const ports = await choosePorts('free');
  mkdirSync(dataDir, { recursive: true });
  const launch = temporalServer({
    executable,
    dataDir,
    ports,
    namespace: NAMESPACE,
    searchAttributes: SEARCH_ATTRIBUTES,
    env: serverEnvironment(environment.env),
  });
  const server = new ServerProcess(launch, report, () => undefined);
  await server.start(environment.signal);
  const address = `${LOOPBACK}:${String(ports.temporal)}`;
  await provisionNamespace(address, NAMESPACE);
  return {
    env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE },
    stop: () => server.stop(),
  };
}
