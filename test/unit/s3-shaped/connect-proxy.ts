import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** What a proxy does with a request, instead of passing it on. */
export type ProxyAnswer = 'silent' | 'cut' | number;

/**
 * A real proxy: tunnels (CONNECT) and whole URLs. Whatever host is asked for, it connects to this machine: so a test can
 * tell a request that came through it from one that went straight.
 */
export class ConnectProxy {
  /** What was asked for: `CONNECT host:port`, or `GET http://host:port/path`. */
  readonly seen: string[] = [];
  /** The `Proxy-Authorization` of each request. */
  readonly authorizations: (string | undefined)[] = [];
  /** For all requests; default: passed on. */
  answer: ProxyAnswer | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer();

  constructor() {
    this.#server.on('connection', (socket) => {
      this.#keep(socket);
    });
    this.#server.on('connect', (request, socket: Socket) => {
      if (this.#isAnswered(request, socket)) return;
      const server = this.#keep(connect(portOf(`http://${request.url ?? ''}`), '127.0.0.1'));
      server.once('connect', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(server).pipe(socket);
      });
      server.once('close', () => socket.destroy());
      socket.once('close', () => server.destroy());
    });
    this.#server.on('request', (request: IncomingMessage, response) => {
      if (this.#isAnswered(request, request.socket)) return;
      const { pathname, search } = splitTarget(request.url ?? '');
      const { method, headers } = request;
      const path = `${pathname}${search}`;
      const port = portOf(request.url ?? '');
      const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.once('error', () => response.destroy());
      });
      onward.once('error', () => response.destroy());
      response.once('close', () => onward.destroy());
      request.pipe(onward);
    });
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #isAnswered(request: IncomingMessage, socket: Socket): boolean {
    this.seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    this.authorizations.push(request.headers['proxy-authorization']);
    if (this.answer === undefined) return false;
    // A tunnel's socket is nobody's but ours: without this its end would go unnoticed.
    socket.once('end', () => socket.destroy()).resume();
    if (this.answer === 'cut') socket.destroy();
    if (typeof this.answer === 'number') {
      socket.end(`HTTP/1.1 ${String(this.answer)} Reason\r\ncontent-length: 0\r\n\r\n`);
    }
    return true;
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }
}

function portOf(url: string): number {
  return Number(/^http:\/\/[^/]+:(\d+)/.exec(url)?.[1]);
}

/** The path as it stands: `URL` would fold `a/../b`. */
function splitTarget(url: string): { pathname: string; search: string } {
  const [pathname = '', search] = url.replace(/^http:\/\/[^/]+/, '').split('?');
  return { pathname, search: search === undefined ? '' : `?${search}` };
}
