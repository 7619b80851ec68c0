import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../aws-clients.js';
import { LOOPBACK, type LocalPorts } from '../ports.js';
import type { ServerLaunch } from '../process/server-process.js';
import { answersHttp } from './http-probe.js';

export interface S3ServerOptions {
  readonly executable: string;
  readonly dataDir: string;
  readonly ports: LocalPorts;
  readonly env: Readonly<Record<string, string>>;
}

/** No bucket can have this name, so no object is hidden by it. */
const HEALTH_PATH = '/_health';

/**
 * versitygw over plain files: `s3/data/<bucket>/<key>`, older versions under `s3/versions`. It starts only while
 * the event bridge listens.
 */
export function s3Server({ executable, dataDir, ports, env }: S3ServerOptions): ServerLaunch {
  // versitygw changes its directory: paths must be absolute, as `dataDir` is.
  const [data, versions] = [join(dataDir, 's3', 'data'), join(dataDir, 's3', 'versions')];
  const eventFilter = join(dataDir, 's3', 'event-filter.json');
  for (const folder of [data, versions]) mkdirSync(folder, { recursive: true });
  writeFileSync(eventFilter, JSON.stringify({ 's3:ObjectCreated:*': true }));
  const address = `${LOOPBACK}:${String(ports.s3)}`;
  return {
    title: 'versitygw (S3)',
    failure: 'StoreUnavailable',
    command: executable,
    args: [
      ...['--port', address, '--region', LOCAL_REGION, '--quiet', '--keep-alive', '--health', HEALTH_PATH],
      ...[
        '--event-webhook-url',
        `http://${LOOPBACK}:${String(ports.eventBridge)}/`,
        '--event-filter',
        eventFilter,
      ],
      ...['posix', '--versioning-dir', versions, data],
    ],
    env: {
      ...env,
      ROOT_ACCESS_KEY: LOCAL_CREDENTIALS.accessKeyId,
      ROOT_SECRET_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    },
    logFile: join(dataDir, 'logs', 's3.log'),
    startTimeoutMs: 30_000,
    stopTimeoutMs: 5_000,
    isReady: () => answersHttp(`http://${address}${HEALTH_PATH}`),
  };
}
