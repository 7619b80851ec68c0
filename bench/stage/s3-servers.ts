import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../src/local/aws-clients.js';
import type { LocalEnvironment, Report } from '../../src/local/local-environment.js';
import { choosePorts, LOOPBACK } from '../../src/local/ports.js';
import { ServerProcess, type ServerLaunch } from '../../src/local/process/server-process.js';
import { answersHttp } from '../../src/local/servers/http-probe.js';
import { serverEnvironment } from '../../src/local/servers/server-environment.js';
import { REPOSITORY } from '../repository.js';
import { makeCertificate, type Certificate } from './certificate.js';

export type Protocol = 'http' | 'https';

/** Where an S3 server answers. */
export interface Endpoint {
  readonly protocol: Protocol;
  readonly url: string;
  /** PEM file of the authority to trust; only with HTTPS. */
  readonly authority: string | undefined;
}

/**
 * The local stack's S3 server, and TLS in front of it. Its own TLS writes records of 4 kB, the size of its HTTP
 * library's buffer: four times the records to open for every client.
 */
export interface S3Servers {
  readonly http: Endpoint;
  /** Or a word on why there is no HTTPS. */
  readonly https: Endpoint | { readonly reason: string };
  stop(): Promise<void>;
}

const HEALTH_PATH = '/_health';
const TIMEOUTS = { startTimeoutMs: 30_000, stopTimeoutMs: 5_000 } as const;

/**
 * Starts the servers on free ports.
 * @param executable versitygw
 * @throws MidstateError when one does not start
 */
export async function startS3Servers(
  environment: LocalEnvironment,
  executable: string,
  folder: string,
  report: Report,
): Promise<S3Servers> {
  const certificate = makeCertificate(folder);
  const ports = await choosePorts('free');
  const env = serverEnvironment(environment.env);
  const http: Endpoint = { protocol: 'http', url: urlOf('http', ports.s3), authority: undefined };
  const launches = [versitygw(executable, http, env, folder)];
  let https: S3Servers['https'];
  if ('reason' in certificate) {
    https = certificate;
  } else {
    https = { protocol: 'https', url: urlOf('https', ports.eventBridge), authority: certificate.authority };
    launches.push(tlsFront(https, ports.s3, certificate, env, folder));
  }
  const servers = launches.map((launch) => new ServerProcess(launch, report, () => undefined));
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await Promise.all(servers.map((server) => server.start(environment.signal)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { http, https, stop };
}

function urlOf(protocol: Protocol, port: number): string {
  return `${protocol}://${LOOPBACK}:${String(port)}`;
}

function versitygw(
  executable: string,
  { url }: Endpoint,
  env: Record<string, string>,
  folder: string,
): ServerLaunch {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  return {
    ...TIMEOUTS,
    title: 'versitygw (S3)',
    failure: 'StoreUnavailable',
    command: executable,
    args: [
      ...['--port', new URL(url).host, '--region', LOCAL_REGION, '--quiet', '--keep-alive'],
      ...['--health', HEALTH_PATH, 'posix', data],
    ],
    env: {
      ...env,
      ROOT_ACCESS_KEY: LOCAL_CREDENTIALS.accessKeyId,
      ROOT_SECRET_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    },
    logFile: join(folder, 'logs', 's3.log'),
    isReady: () => answersHttp(url + HEALTH_PATH),
  };
}

function tlsFront(
  { url }: Endpoint,
  upstreamPort: number,
  { authority, certificate, key }: Certificate,
  env: Record<string, string>,
  folder: string,
): ServerLaunch {
  return {
    ...TIMEOUTS,
    title: 'TLS in front of S3',
    failure: 'StoreUnavailable',
    command: process.execPath,
    args: [
      `${REPOSITORY}bench/stage/tls-front.mjs`,
      ...[new URL(url).port, String(upstreamPort), certificate, key],
    ],
    env,
    logFile: join(folder, 'logs', 'tls-front.log'),
    isReady: () => answersHttps(url + HEALTH_PATH, authority),
  };
}

function answersHttps(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { ca: readFileSync(authority), timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once('error', reject);
  });
}
