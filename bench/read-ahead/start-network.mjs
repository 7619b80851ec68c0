// A real S3 server behind a real proxy that adds latency and caps the bandwidth of each connection.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CACHE = process.env.MIDSTATE_CACHE_DIR ?? join(homedir(), '.cache/midstate');
const TOXIPROXY = { version: '2.5.0', goPackage: 'github.com/Shopify/toxiproxy/v2/cmd/server' };
/** Its records are of 16 kB, as a server's that sends much are; versitygw's own are of 4 kB. */
const TLS_FRONT = fileURLToPath(new URL('../stage/tls-front.mjs', import.meta.url));
const PORTS = { s3: 17_070, s3Tls: 17_071, proxy: 17_072, proxyTls: 17_073, proxyApi: 17_074 };

/**
 * Starts versitygw, TLS in front of it, and toxiproxy on loopback.
 * @returns endpoints `direct` and `shaped` by protocol, `shape({latencyMs, megabytesPerSecond})`, `stop()`
 */
export async function startNetwork(dataDir) {
  const env = { ...process.env, ROOT_ACCESS_KEY: 'bench', ROOT_SECRET_KEY: 'benchbench' };
  const [cert, key] = makeCertificate(dataDir);
  const objects = join(dataDir, 'objects');
  mkdirSync(objects, { recursive: true });
  const started = [
    start(findVersitygw(), ['--port', at(PORTS.s3), ...S3_OPTIONS, 'posix', objects], env),
    start(process.execPath, [TLS_FRONT, String(PORTS.s3Tls), String(PORTS.s3), cert, key], env),
    start(buildToxiproxy(), ['-host', '127.0.0.1', '-port', String(PORTS.proxyApi)], {
      ...env,
      LOG_LEVEL: 'error',
    }),
  ];
  const stop = () => started.forEach((child) => child.kill());
  process.once('exit', stop);
  await Promise.all([PORTS.s3, PORTS.proxyApi].map(answers));
  for (const [name, listen, upstream] of [
    ['http', PORTS.proxy, PORTS.s3],
    ['https', PORTS.proxyTls, PORTS.s3Tls],
  ]) {
    await api('POST', '/proxies', { name, listen: at(listen), upstream: at(upstream), enabled: true });
  }
  return {
    direct: { http: `http://${at(PORTS.s3)}`, https: `https://${at(PORTS.s3Tls)}` },
    shaped: { http: `http://${at(PORTS.proxy)}`, https: `https://${at(PORTS.proxyTls)}` },
    cert,
    shape,
    stop,
  };
}

const S3_OPTIONS = ['--region', 'us-east-1', '--quiet', '--keep-alive', '--health', '/_health'];

/** Sets what the proxies do to the bytes from the server; without an argument, nothing. */
async function shape({ latencyMs = 0, megabytesPerSecond = 0 } = {}) {
  await api('POST', '/reset');
  for (const proxy of ['http', 'https']) {
    const toxics = `/proxies/${proxy}/toxics`;
    for (const toxic of await api('GET', toxics)) await api('DELETE', `${toxics}/${toxic.name}`);
    if (latencyMs > 0) {
      await api('POST', toxics, {
        type: 'latency',
        stream: 'downstream',
        attributes: { latency: latencyMs },
      });
    }
    if (megabytesPerSecond > 0) {
      const rate = Math.round(megabytesPerSecond * 1_000);
      await api('POST', toxics, { type: 'bandwidth', stream: 'downstream', attributes: { rate } });
    }
  }
}

function at(port) {
  return `127.0.0.1:${String(port)}`;
}

function start(command, args, env) {
  return spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function answers(port) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await fetch(`http://${at(port)}/_health`).then(
        () => true,
        () => false,
      )
    )
      return;
    await delay(50);
  }
  throw new Error(`nothing answers on ${at(port)}`);
}

async function api(method, path, body) {
  const answer = await fetch(`http://${at(PORTS.proxyApi)}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

function findVersitygw() {
  const path = process.env.VERSITYGW_PATH ?? join(CACHE, 'versitygw-1.8.0/versitygw');
  if (!existsSync(path))
    throw new Error('no versitygw: run `npm run demo -- --quick` once, or set VERSITYGW_PATH');
  return path;
}

/** Built into the cache with Go, once. */
function buildToxiproxy() {
  const folder = join(CACHE, `toxiproxy-${TOXIPROXY.version}`);
  const path = process.env.TOXIPROXY_PATH ?? join(folder, 'server');
  if (!existsSync(path)) {
    execFileSync('go', ['install', `${TOXIPROXY.goPackage}@v${TOXIPROXY.version}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: 'inherit',
    });
  }
  return path;
}

function makeCertificate(dataDir) {
  const [cert, key] = [join(dataDir, 'cert.pem'), join(dataDir, 'key.pem')];
  mkdirSync(dataDir, { recursive: true });
  if (!existsSync(cert)) {
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '3650',
        ],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
        ...['-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
  }
  return [cert, key];
}
