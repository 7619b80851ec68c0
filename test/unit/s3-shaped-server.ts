import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObjectRef } from '../../src/core/contracts.js';

/** A ranged GET as the server saw it. */
export interface SeenRequest {
  readonly range: string;
  readonly startByte: number;
  readonly endByteExclusive: number;
  readonly ifMatch: string | undefined;
  readonly versionId: string | null;
  readonly authorization: string | undefined;
}

/** What to do with one request, instead of answering it well. */
export type Answer = (response: ServerResponse, request: SeenRequest, server: S3ShapedServer) => void;

const answerWell: Answer = (response, request, server) => {
  if (request.ifMatch !== undefined && request.ifMatch !== `"${server.etag}"`) {
    errorAnswer(412, 'PreconditionFailed')(response, request, server);
  } else if (request.startByte >= server.bytes.length) {
    errorAnswer(416, 'InvalidRange')(response, request, server);
  } else {
    server.head(response, request);
    response.end(server.body(request));
  }
};

/** An HTTP server with one object, that answers ranged GETs as S3 does, unless an `Answer` is in the queue. */
export class S3ShapedServer {
  readonly seen: SeenRequest[] = [];
  readonly #answers: Answer[] = [];
  readonly #server = createServer((request, response) => {
    this.#handle(request, response);
  });
  bytes: Buffer;
  /** How every request is answered for which `next` says nothing. */
  always: Answer = answerWell;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get object(): ObjectRef {
    return { bucket: 'bucket', key: 'key', etag: this.etag, sizeBytes: this.bytes.length };
  }

  get etag(): string {
    return createHash('md5').update(this.bytes).digest('hex');
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Answers the next requests so, one each, and the others well. */
  next(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  get rangesSeen(): string[] {
    return this.seen.map(({ range }) => range);
  }

  /** The headers of a good answer. */
  head(response: ServerResponse, request: SeenRequest, headers: Record<string, string> = {}): void {
    const { startByte, endByteExclusive } = request;
    response.writeHead(206, {
      'content-length': String(endByteExclusive - startByte),
      'content-range': `bytes ${startByte}-${endByteExclusive - 1}/${this.bytes.length}`,
      etag: `"${this.etag}"`,
      ...headers,
    });
  }

  body({ startByte, endByteExclusive }: SeenRequest, length = endByteExclusive - startByte): Buffer {
    return this.bytes.subarray(startByte, startByte + length);
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const range = request.headers.range ?? '';
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const seen: SeenRequest = {
      range,
      startByte: Number(first),
      endByteExclusive: Number(last) + 1,
      ifMatch: request.headers['if-match'],
      versionId: new URL(request.url ?? '', 'http://server').searchParams.get('versionId'),
      authorization: request.headers.authorization,
    };
    this.seen.push(seen);
    (this.#answers.shift() ?? this.always)(response, seen, this);
  }
}

/** Answers with an error document of S3. */
export function errorAnswer(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>m</Message></Error>`,
    );
  };
}

/** Sends the first `length` bytes of the body, and calls `then` once they are on their way. */
export function partialAnswer(length: number, then: (response: ServerResponse) => void): Answer {
  return (response, request, server) => {
    server.head(response, request);
    response.flushHeaders();
    response.write(server.body(request, length), () => {
      then(response);
    });
  };
}

/** Sends a good answer whose head arrives in two packets. */
export const tornHeadAnswer: Answer = (response, request, server) => {
  const { startByte, endByteExclusive } = request;
  const lines = [
    'HTTP/1.1 206 Partial Content',
    `content-length: ${endByteExclusive - startByte}`,
    `content-range: bytes ${startByte}-${endByteExclusive - 1}/${server.bytes.length}`,
    `etag: "${server.etag}"`,
  ];
  const { socket } = response;
  void (async () => {
    socket?.write(`${lines.slice(0, 2).join('\r\n')}\r\n`);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    socket?.write(`${lines.slice(2).join('\r\n')}\r\n\r\n`);
    socket?.write(server.body(request));
  })();
};
