import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { joinSockets } from '../../src/local/join-sockets.js';
import { LOOPBACK } from '../../src/local/ports.js';
import { drained } from './drained.js';
import { freePort } from './free-port.js';

/** Pieces are so small that each takes a tenth of a second at most. */
const PIECES_PER_SECOND = 10;
const LEAST_PIECE_BYTES = 512;

/** How the network does at the moment. */
export interface NetworkState {
  /** Of each connection, from the server to the client. */
  readonly bytesPerSecond: number;
  /** Every piece is so late. */
  readonly latencyMs: number;
  /** Not a byte comes through; the connections stay. */
  readonly isStalled: boolean;
  /** `refused`: connections are broken and none is taken; `reset`: each is reset, and each new one too. */
  readonly connections: 'taken' | 'refused' | 'reset';
}

const LOOK_INTERVAL_MS = 50;

/** A network between clients and one server, whose state can be changed at any time, for the connections there are too. */
export class BadNetwork {
  readonly #sockets = new Set<Socket>();
  #state: NetworkState;

  private constructor(
    private readonly server: Server,
    /** `host:port` for clients. */
    readonly address: string,
    private readonly target: { readonly host: string; readonly port: number },
    private readonly usual: NetworkState,
  ) {
    this.#state = usual;
    server.on('connection', (client) => {
      this.#join(client);
    });
  }

  /** @param target `host:port` of the server */
  static async open(target: string, bytesPerSecond = Infinity): Promise<BadNetwork> {
    const port = await freePort();
    const server = createServer().listen(port, LOOPBACK);
    await once(server, 'listening');
    const [host = LOOPBACK, targetPort] = target.split(':');
    return new BadNetwork(
      server,
      `${LOOPBACK}:${String(port)}`,
      { host, port: Number(targetPort) },
      { bytesPerSecond, latencyMs: 0, isStalled: false, connections: 'taken' },
    );
  }

  /** Changes what is named, and leaves the rest as usual. */
  change(state: Partial<NetworkState>): void {
    this.#state = { ...this.usual, ...state };
    const { connections } = this.#state;
    if (connections === 'taken') return;
    for (const socket of this.#sockets) end(socket, connections);
  }

  heal(): void {
    this.change({});
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.server, 'close');
  }

  #join(client: Socket): void {
    const { connections } = this.#state;
    if (connections !== 'taken') {
      client.on('error', () => undefined);
      end(client, connections);
      return;
    }
    const server = connect(this.target);
    joinSockets(client, server, this.#sockets);
    void this.#deliver(server, client);
  }

  async #deliver(server: Socket, client: Socket): Promise<void> {
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    try {
      for await (const bytes of server as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length;) {
          await this.#untilThrough();
          if (client.destroyed) return;
          const { bytesPerSecond, latencyMs } = this.#state;
          const most = Math.max(LEAST_PIECE_BYTES, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
          const piece = bytes.subarray(at, at + Math.min(most, bytes.length));
          at += piece.length;
          const pauseMs = latencyMs + (piece.length / bytesPerSecond) * 1_000;
          if (pauseMs > 1) await delay(pauseMs);
          if (!client.write(piece)) await Promise.race([drained(client), closed]);
        }
      }
      client.end();
    } catch {
      client.destroy(); // the server broke off: so does the network
    }
  }

  async #untilThrough(): Promise<void> {
    while (this.#state.isStalled) await delay(LOOK_INTERVAL_MS);
  }
}

function end(socket: Socket, how: 'refused' | 'reset'): void {
  if (how === 'reset') socket.resetAndDestroy();
  else socket.destroy();
}
