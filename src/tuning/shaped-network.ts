import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { joinSockets } from '../local/join-sockets.js';
import { LOOPBACK } from '../local/ports.js';
import type { NetworkShape } from './tune-result.js';

/** Bytes on their way on one connection before the server is held back: 1 GB/s for 30 ms and more. */
const MOST_ON_THE_WAY_BYTES = 32_000_000;

interface Piece {
  readonly bytes: Buffer;
  readonly dueAtMs: number;
}

/**
 * A network between workers and an S3 server on this machine: each answer comes the latency later, and each connection
 * brings no more bytes a second than it is given. Every byte passes unchanged, in order.
 */
export class ShapedNetwork {
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly shape: NetworkShape,
  ) {
    server.on('connection', (client) => {
      this.#join(client);
    });
  }

  static async open(targetUrl: string, shape: NetworkShape): Promise<ShapedNetwork> {
    const server = createServer({ noDelay: true });
    const network = new ShapedNetwork(server, new URL(targetUrl), shape);
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return network;
  }

  get url(): string {
    return `http://${LOOPBACK}:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const server = connect({ port: Number(this.target.port), host: this.target.hostname, noDelay: true });
    joinSockets(client, server, this.#sockets);
    this.#deliver(server, client);
  }

  #deliver(server: Socket, client: Socket): void {
    const { latencyMs = 0, megabytesPerSecond = Infinity } = this.shape;
    const bytesPerMs = megabytesPerSecond * 1_000;
    const queue: Piece[] = [];
    let [queuedBytes, freeAtMs] = [0, 0];
    let timer: NodeJS.Timeout | undefined;
    const deliverDue = () => {
      timer = undefined;
      while (queue[0] !== undefined && queue[0].dueAtMs <= performance.now()) {
        const [{ bytes }] = queue.splice(0, 1) as [Piece];
        queuedBytes -= bytes.length;
        if (!client.write(bytes)) {
          client.once('drain', deliverDue);
          return;
        }
      }
      if (queuedBytes < MOST_ON_THE_WAY_BYTES) server.resume();
      if (queue[0] !== undefined) timer = setTimeout(deliverDue, queue[0].dueAtMs - performance.now());
    };
    server.on('data', (bytes) => {
      const now = performance.now();
      freeAtMs = Math.max(freeAtMs, now) + bytes.length / bytesPerMs;
      queue.push({ bytes, dueAtMs: Math.max(freeAtMs, now + latencyMs) });
      queuedBytes += bytes.length;
      if (queuedBytes >= MOST_ON_THE_WAY_BYTES) server.pause();
      if (timer === undefined && client.listenerCount('drain') === 0) deliverDue();
    });
    client.once('close', () => {
      clearTimeout(timer);
    });
  }
}
