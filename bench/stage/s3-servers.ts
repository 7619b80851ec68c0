import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../src/local/aws-clients.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { choosePorts, LOOPBACK } from '../../src/local/ports.js';
import { ServerProcess } from '../../src/local/process/server-process.js';
import { answersHttp } from '../../src/local/servers/http-probe.js';
import { serverEnvironment } from '../../src/local/servers/server-environment.js';
import { makeCertificate, type Certificate } from './certificate.js';

export type Protocol = 'http' | 'https';

/** Where an S3 server answers. */
export interface Endpoint {
  readonly protocol: Protocol;
  readonly url: string;
  /** PEM file of the authority to trust; only with HTTPS. */
  readonly authority: string | undefined;
}

/** The local stack's S3 server, once with HTTP and once with HTTPS, over the same files. */
export interface S3Servers {
  readonly http: Endpoint;
  /** Or a word on why there is no HTTPS. */
  readonly https: Endpoint | { readonly reason: string };
  stop(): Promise<void>;
}

const HEALTH_PATH = '/_health';

/**
 * Starts the servers on free ports.
 * @param executable versitygw
 * @throws MidstateError when it does not start
 */
export async function startS3Servers(
  environment: LocalEnvironment,
  executable: string,
  folder: string,
  report: Report,
): Promise<S3Servers> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const certificate = makeCertificate(folder);
  const ports = await choosePorts('free');
  const launch = { executable, data, env: serverEnvironment(environment.env), folder };
  const http = endpoint('http', ports.s3);
  const servers = [serverOf(launch, http, report)];
  const secure = 'reason' in certificate ? certificate : endpoint('https', ports.eventBridge, certificate);
  if (!('reason' in secure)) servers.push(serverOf(launch, secure, report, certificate as Certificate));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await Promise.all(servers.map((server) => server.start(environment.signal)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { http, https: secure, stop };
}

function endpoint(protocol: Protocol, port: number, certificate?: Certificate): Endpoint {
  return { protocol, url: `${protocol}://${LOOPBACK}:${String(port)}`, authority: certificate?.authority };
}

interface Launch {
  readonly executable: string;
  readonly data: string;
  readonly env: Record<string, string>;
  readonly folder: string;
}

function serverOf(
  { executable, data, env, folder }: Launch,
  { protocol, url, authority }: Endpoint,
  report: Report,
  certificate?: Certificate,
): ServerProcess {
  const tls = certificate === undefined ? [] : ['--cert', certificate.certificate, '--key', certificate.key];
  return new ServerProcess(
    {
      title: `versitygw (S3 over ${protocol.toUpperCase()})`,
      failure: 'StoreUnavailable',
      command: executable,
      args: [
        ...['--port', new URL(url).host, '--region', LOCAL_REGION, '--quiet', '--keep-alive'],
        ...['--health', HEALTH_PATH, ...tls, 'posix', data],
      ],
      env: {
        ...env,
        ROOT_ACCESS_KEY: LOCAL_CREDENTIALS.accessKeyId,
        ROOT_SECRET_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      },
      logFile: join(folder, `${protocol}.log`),
      startTimeoutMs: 30_000,
      stopTimeoutMs: 5_000,
      isReady: () =>
        authority === undefined ? answersHttp(url + HEALTH_PATH) : answersHttps(url + HEALTH_PATH, authority),
    },
    report,
    () => undefined,
  );
}

function answersHttps(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(authority), timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once('error', reject);
  });
}
