import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../../core/listen-address.js';
import { listenHttp, type HttpListener } from '../../listen-http.js';
import type { Readiness } from '../readiness.js';

/**
 * Serves `/metrics` (Prometheus text format), `/healthz` (200 as long as the process answers at all) and `/readyz`
 * (200 when every check is fine, else 503 that says which is not).
 * @throws MidstateError InvalidInput when the address cannot be listened on
 */
export async function listenForMetrics(
  address: ListenAddress,
  metrics: () => Promise<string>,
  readiness: Readiness,
): Promise<HttpListener> {
  const server = createServer((request, response) => {
    answer(request, response, metrics, readiness).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 500, { error: String(error) });
      else response.destroy();
    });
  });
  return await listenHttp(
    server,
    address,
    'metrics: the address in MIDSTATE_METRICS_ADDRESS cannot be listened on; choose another, or port 0 for any free one',
  );
}

async function answer(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  metrics: () => Promise<string>,
  readiness: Readiness,
): Promise<void> {
  const [path] = url.split('?');
  if (method !== 'GET' && method !== 'HEAD') {
    sendJson(response, 405, { error: 'only GET' });
  } else if (path === '/metrics') {
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await metrics());
  } else if (path === '/healthz') {
    sendJson(response, 200, { alive: true, uptimeSeconds: Math.round(process.uptime()) });
  } else if (path === '/readyz') {
    const { isReady, checks } = await readiness.look();
    sendJson(response, isReady ? 200 : 503, { ready: isReady, checks });
  } else {
    sendJson(response, 404, { error: 'expected /metrics, /healthz or /readyz' });
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', `${JSON.stringify(value)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
