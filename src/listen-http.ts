import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MidstateError } from './core/failures.js';
import { formatListenAddress, type ListenAddress } from './core/listen-address.js';

/** A server that listens. */
export interface HttpListener {
  /** Where it listens, e.g. `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Breaks the connections that are open. */
  readonly close: () => Promise<void>;
}

/**
 * Has a server listen.
 * @param refusal what is said where it cannot, and what to do
 * @throws MidstateError InvalidInput
 */
export async function listenHttp(
  server: Server,
  address: ListenAddress,
  refusal: string,
): Promise<HttpListener> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (cause) {
    const actual = cause instanceof Error ? cause.message : String(cause);
    throw new MidstateError('InvalidInput', refusal, {
      facts: { address: formatListenAddress(address), actual },
      cause,
    });
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${formatListenAddress({ host: address.host, port })}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
