import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { joinSockets } from '../../src/local/join-sockets.js';
import { LOOPBACK } from '../../src/local/ports.js';
import { createGate, type Gate } from './eventually.js';

/**
 * A network between a client and a server of the stack: it passes every byte unchanged, no faster than it is told to,
 * and can stop at a point or break. So a test knows where a read stands without waiting for the clock.
 */
export class SlowNetwork {
  #server!: Server;
  readonly #sockets = new Set<Socket>();
  #delivered = 0;
  #freeAt = 0;
  #hold: { readonly atByte: number; readonly reached: Gate; readonly released: Gate } | undefined;

  private constructor(
    private readonly target: URL,
    private bytesPerSecond: number,
  ) {}

  /** @param bytesPerSecond from the server, over all connections */
  static async open(targetUrl: string, bytesPerSecond = Infinity): Promise<SlowNetwork> {
    const network = new SlowNetwork(new URL(targetUrl), bytesPerSecond);
    const server = createServer((client) => {
      network.#join(client);
    });
    network.#server = server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return network;
  }

  get url(): string {
    return `http://${LOOPBACK}:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** From the next piece on. */
  changeSpeed(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Lets `byteCount` more bytes through, then none until `release`; resolves when that point is reached. */
  async holdAfter(byteCount: number): Promise<void> {
    this.#hold = { atByte: this.#delivered + byteCount, reached: createGate(), released: createGate() };
    await this.#hold.reached.opened;
  }

  release(): void {
    const hold = this.#hold;
    this.#hold = undefined;
    hold?.released.open();
  }

  /** Breaks every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.release();
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    joinSockets(client, server, this.#sockets);
    void this.#deliver(server, client);
  }

  async #deliver(server: Socket, client: Socket): Promise<void> {
    try {
      for await (const piece of server as AsyncIterable<Buffer>) {
        await this.#pace(piece.length);
        if (client.destroyed) return;
        if (!client.write(piece)) await Promise.race([once(client, 'drain'), once(client, 'close')]);
      }
      client.end();
    } catch {
      client.destroy(); // the server broke off: so does the network
    }
  }

  async #pace(byteCount: number): Promise<void> {
    const hold = this.#hold;
    if (hold !== undefined && this.#delivered >= hold.atByte) {
      hold.reached.open();
      await hold.released.opened;
    }
    this.#delivered += byteCount;
    const now = Date.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (byteCount / this.bytesPerSecond) * 1_000;
    if (this.#freeAt - now > 5) await delay(this.#freeAt - now);
  }
}
