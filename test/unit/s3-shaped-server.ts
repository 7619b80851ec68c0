import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls';
import type { ObjectRef } from '../../src/core/contracts.js';
import { errorAnswer } from './s3-shaped/answers.js';
import { takeRequests, type WireRequest } from './s3-shaped/wire-requests.js';
import { WireResponse, type Headers } from './s3-shaped/wire-response.js';

export { errorAnswer, partialAnswer, tornHeadAnswer } from './s3-shaped/answers.js';

/** A GET as the server saw it. */
export interface SeenRequest {
  /** Empty where all of the object is asked for. */
  readonly range: string;
  readonly startByte: number;
  readonly endByteExclusive: number;
  readonly ifMatch: string | undefined;
  readonly versionId: string | null;
  readonly authorization: string | undefined;
  /** True where the checksums that S3 holds are asked for. */
  readonly asksForChecksums: boolean;
}

/** What to do with one request, instead of answering it well. */
export type Answer = (response: WireResponse, request: SeenRequest, server: S3ShapedServer) => void;

export const answerWell: Answer = (response, request, server) => {
  if (request.ifMatch !== undefined && request.ifMatch !== `"${server.etag}"`) {
    errorAnswer(412, 'PreconditionFailed')(response, request, server);
  } else if (request.startByte >= server.bytes.length) {
    errorAnswer(416, 'InvalidRange')(response, request, server);
  } else {
    server.head(response, request);
    response.end(server.body(request));
  }
};

/** A server of bare sockets with one object, that answers ranged GETs as S3 does, unless an `Answer` is in the queue. */
export class S3ShapedServer {
  readonly seen: SeenRequest[] = [];
  /** The request target of each request of `seen`, as it came. */
  readonly targets: string[] = [];
  /** The number of the connection that each request of `seen` came on, from 0. */
  readonly seenOn: number[] = [];
  /** What the reader has delivered so far, for faults that wait until a byte is there. */
  delivered = 0;
  /** Requests that only described. */
  heads = 0;
  /** TLS handshakes that took up the session of an earlier one. */
  sessionsResumed = 0;
  /** The name that each TLS handshake asked for, if any. */
  readonly serverNames: (string | undefined)[] = [];
  readonly #answers: Answer[] = [];
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  #tls: SecureContextOptions | undefined;
  readonly #server = createServer((wire) => {
    this.#accept(wire);
  });
  #bytes: Buffer;
  #etag: string;
  /** How every request is answered for which `next` says nothing. */
  always: Answer = answerWell;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#etag = etagOf(bytes);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  set bytes(bytes: Buffer) {
    this.#bytes = bytes;
    this.#etag = etagOf(bytes);
  }

  get object(): ObjectRef {
    return { bucket: 'bucket', key: 'key', etag: this.#etag, sizeBytes: this.#bytes.length };
  }

  get etag(): string {
    return this.#etag;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /**
   * Listens on loopback and returns the endpoint.
   * @param tls key and certificate to answer over HTTPS with
   */
  async start(tls?: SecureContextOptions): Promise<string> {
    this.#tls = tls;
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  /** Answers the next requests so, one each, and the others well. */
  next(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  get rangesSeen(): string[] {
    return this.seen.map(({ range }) => range);
  }

  /** The headers of a good answer; an empty value leaves one out. */
  goodHeaders({ range, startByte, endByteExclusive }: SeenRequest, headers: Headers = {}): Headers {
    const ofRange = `bytes ${startByte}-${endByteExclusive - 1}/${this.bytes.length}`;
    const all = {
      'content-length': String(endByteExclusive - startByte),
      'content-range': range === '' ? '' : ofRange,
      etag: `"${this.etag}"`,
      ...headers,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  }

  head(response: WireResponse, request: SeenRequest, headers: Headers = {}): void {
    response.writeHead(request.range === '' ? 200 : 206, this.goodHeaders(request, headers));
  }

  body({ startByte, endByteExclusive }: SeenRequest, length = endByteExclusive - startByte): Buffer {
    return this.bytes.subarray(startByte, startByte + length);
  }

  #accept(wire: Socket): void {
    const connection = this.#connections++;
    this.#sockets.add(wire);
    wire.on('error', () => undefined).once('close', () => this.#sockets.delete(wire));
    wire.setNoDelay(true);
    const socket = this.#secured(wire);
    takeRequests(socket, (request, done) => {
      if (request.method !== 'HEAD') this.seenOn.push(connection);
      this.#handle(request, new WireResponse(socket, wire, done));
    });
  }

  #secured(wire: Socket): Socket {
    if (this.#tls === undefined) return wire;
    const socket = new TLSSocket(wire, { isServer: true, secureContext: this.#secureContext() });
    socket.on('error', () => undefined);
    socket.once('secure', () => {
      if (socket.isSessionReused()) this.sessionsResumed++;
      // Node says false where there was none.
      const name = (socket as { servername?: string | false }).servername;
      this.serverNames.push(name === false ? undefined : name);
    });
    return socket;
  }

  #context: ReturnType<typeof createSecureContext> | undefined;
  /** One for all connections: session tickets are good for the next. */
  #secureContext() {
    return (this.#context ??= createSecureContext(this.#tls));
  }

  #handle(request: WireRequest, response: WireResponse): void {
    if (request.method === 'HEAD') {
      this.heads++;
      response.writeHead(200, { 'content-length': String(this.bytes.length), etag: `"${this.etag}"` }).end();
      return;
    }
    const range = request.headers['range'] ?? '';
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const seen: SeenRequest = {
      range,
      startByte: range === '' ? 0 : Number(first),
      endByteExclusive: range === '' ? this.bytes.length : Number(last) + 1,
      ifMatch: request.headers['if-match'],
      versionId: new URL(request.target, 'http://server').searchParams.get('versionId'),
      authorization: request.headers.authorization,
      asksForChecksums: request.headers['x-amz-checksum-mode'] === 'ENABLED',
    };
    this.seen.push(seen);
    this.targets.push(request.target);
    (this.#answers.shift() ?? this.always)(response, seen, this);
  }
}

function etagOf(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
