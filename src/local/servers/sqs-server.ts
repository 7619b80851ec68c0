import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../aws-clients.js';
import { LOOPBACK, type LocalPorts } from '../ports.js';
import type { ServerLaunch } from '../process/server-process.js';
import { ELASTICMQ_MAIN_CLASS, type ElasticMq } from './elasticmq.js';
import { answersHttp } from './http-probe.js';

export interface SqsServerOptions extends ElasticMq {
  readonly dataDir: string;
  readonly ports: LocalPorts;
  readonly env: Readonly<Record<string, string>>;
}

/** ElasticMQ, which keeps queues and messages in an H2 file. It checks no signatures, so it must stay on loopback. */
export function sqsServer({ java, classpath, dataDir, ports, env }: SqsServerOptions): ServerLaunch {
  const folder = join(dataDir, 'sqs');
  const configFile = join(folder, 'elasticmq.conf');
  mkdirSync(folder, { recursive: true });
  writeFileSync(configFile, configuration(join(folder, 'messages'), ports.sqs));
  return {
    title: 'ElasticMQ (SQS)',
    failure: 'StoreUnavailable',
    command: java,
    args: [
      // The serial collector and the first compiler only: it starts in two thirds of the time.
      ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...[`-Dconfig.file=${configFile}`, '-cp', classpath, ELASTICMQ_MAIN_CLASS],
    ],
    env,
    logFile: join(dataDir, 'logs', 'sqs.log'),
    startTimeoutMs: 90_000,
    stopTimeoutMs: 10_000,
    isReady: () => answersHttp(`http://${LOOPBACK}:${String(ports.sqs)}/health`),
  };
}

/** JSON is valid HOCON. `WRITE_DELAY=0`: an acknowledged message is on disk, as the bridge relies on. */
function configuration(databaseFile: string, port: number): string {
  const config = {
    'node-address': { protocol: 'http', host: LOOPBACK, port, 'context-path': '' },
    'rest-sqs': { enabled: true, 'bind-hostname': LOOPBACK, 'bind-port': port, 'sqs-limits': 'strict' },
    'rest-stats': { enabled: false },
    queues: {},
    'messages-storage': {
      enabled: true,
      'driver-class-name': 'org.h2.Driver',
      uri: `jdbc:h2:${databaseFile};WRITE_DELAY=0`,
      username: 'sa',
      password: '',
    },
    aws: { region: LOCAL_REGION, accountId: LOCAL_ACCOUNT },
  };
  return `include classpath("application.conf")\n${Object.entries(config)
    .map(([name, value]) => `${name} = ${JSON.stringify(value, undefined, 2)}`)
    .join('\n')}\n`;
}
