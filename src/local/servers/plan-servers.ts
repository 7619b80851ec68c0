import type { LocalPorts } from '../ports.js';
import type { ServerLaunch } from '../process/server-process.js';
import type { ServerName, StackSettings } from '../stack-options.js';
import { locateElasticMq } from './elasticmq.js';
import { s3Server } from './s3-server.js';
import { serverEnvironment } from './server-environment.js';
import { sqsServer } from './sqs-server.js';
import { locateTemporalCli } from './temporal-cli.js';
import { temporalServer } from './temporal-server.js';
import { locateVersitygw } from './versitygw.js';

/** How to start each server; resolved as soon as that server is found or installed. */
export type ServerPlans = Readonly<Record<ServerName, Promise<ServerLaunch>>>;

/** Looks for all servers at once; what has to be built with Go is built one after the other, for it takes every core. */
export function planServers(settings: StackSettings, ports: LocalPorts): ServerPlans {
  const { dataDir, namespace, searchAttributes, report } = settings;
  const shared = { dataDir, ports, env: serverEnvironment(settings.env) };
  const versitygw = locateVersitygw(settings, report);
  const temporalCli = versitygw.catch(() => undefined).then(() => locateTemporalCli(settings, report));
  return {
    temporal: temporalCli.then((executable) =>
      temporalServer({ ...shared, executable, namespace, searchAttributes }),
    ),
    s3: versitygw.then((executable) => s3Server({ ...shared, executable })),
    sqs: locateElasticMq(settings, report).then((elasticMq) => sqsServer({ ...shared, ...elasticMq })),
  };
}
