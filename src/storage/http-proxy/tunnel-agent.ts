import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpsProxyAgent as ProxyAgent } from 'https-proxy-agent';
import { failureOf } from '../lean-http/http-connection.js';

type ConnectOptions = Parameters<ProxyAgent<string>['connect']>[1];

export interface TunnelSettings {
  /** To reach the proxy, and through it the server. */
  readonly connectTimeoutMs: number;
  readonly maxSockets: number;
}

/** The code of the error when a proxy refuses a tunnel; `$metadata` holds its status, as for errors of the SDK. */
export const PROXY_REFUSAL_CODE = 'EPROXY';

/**
 * Agent for https requests through a proxy (CONNECT), which kept-alive connections go through as well. The library is
 * loaded here: most workers have no proxy, and pay nothing for it.
 */
export async function createTunnelAgent(
  proxy: URL,
  { connectTimeoutMs, maxSockets }: TunnelSettings,
): Promise<Agent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');

  /**
   * The library waits for ever for a proxy that is silent, takes a proxy's refusal for the server's answer, and gives
   * no code to a connection that ends early.
   */
  class TunnelAgent extends HttpsProxyAgent<string> {
    /** Told from the call stack otherwise, which says another thing when a connection is given back: it was never reused. */
    override isSecureEndpoint(): boolean {
      return true;
    }

    override async connect(request: ClientRequest, options: ConnectOptions): Promise<Socket> {
      const giveUp = new AbortController();
      const timer = setTimeout(() => {
        giveUp.abort();
      }, connectTimeoutMs);
      let status = 200;
      request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
        status = statusCode;
      });
      // Read at once, for this connection, by what is called next.
      this.connectOpts = { ...this.connectOpts, signal: giveUp.signal };
      try {
        const socket = await super.connect(request, options);
        if (status === 200) return socket;
        socket.destroy();
        throw refusalOf(status);
      } catch (error) {
        if (giveUp.signal.aborted) {
          throw failureOf('ETIMEDOUT', `no tunnel within ${String(connectTimeoutMs)} ms`);
        }
        throw Object.assign(error as Error, { code: (error as NodeJS.ErrnoException).code ?? 'ECONNRESET' });
      } finally {
        clearTimeout(timer);
      }
    }
  }

  return new TunnelAgent(proxy, { keepAlive: true, maxSockets });
}

function refusalOf(status: number): Error {
  const error = failureOf(PROXY_REFUSAL_CODE, `the proxy answers ${String(status)}`);
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}
