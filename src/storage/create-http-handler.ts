import type { AwsSettings } from './aws-clients.js';
import { ProxyHttpHandler } from './http-proxy/proxy-http-handler.js';

export const CONNECT_TIMEOUT_MS = 5_000;

/** The HTTP handler of an AWS client; it goes through the proxies that the settings name. */
export function createHttpHandler(
  { connections, proxies }: Pick<AwsSettings, 'connections' | 'proxies'>,
  socketTimeoutMs: number,
): ProxyHttpHandler {
  return new ProxyHttpHandler({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    socketTimeoutMs,
    maxSockets: connections,
    proxies,
  });
}
