import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { MidstateError } from '../../core/failures.js';
import type { ListenAddress } from '../../core/listen-address.js';
import { listenHttp, type HttpListener } from '../../listen-http.js';

export interface CodecServerOptions {
  readonly address: ListenAddress;
  /** Where the Web UI is served, e.g. `http://localhost:8233`: pages of any other origin are refused. */
  readonly origin: string;
  readonly codec: PayloadCodec;
}

/** Twice what Temporal takes in one message, in base64. */
const MAX_BODY_BYTES = 12_000_000;

/**
 * Serves `POST /encode` and `/decode` as Temporal's Web UI and command line ask for them (docs.temporal.io, "Codec
 * Server"): `{"payloads": [{"metadata": {name: base64}, "data": base64}]}`.
 * @throws MidstateError InvalidInput when the address cannot be listened on
 */
export async function startCodecServer(options: CodecServerOptions): Promise<HttpListener> {
  const { address, codec, origin } = options;
  const server = createServer((request, response) => {
    answer(request, response, { codec, origin }).catch((error: unknown) => {
      const isWrong = error instanceof MidstateError || error instanceof SyntaxError;
      reply(response, isWrong ? 400 : 500, {
        message: error instanceof Error ? error.message : String(error),
      });
    });
  });
  return await listenHttp(
    server,
    address,
    'codec: the address cannot be listened on; choose another with --listen',
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { codec, origin }: Pick<CodecServerOptions, 'codec' | 'origin'>,
): Promise<void> {
  const from = request.headers.origin;
  if (from !== undefined && from !== origin) {
    reply(response, 403, { message: `expected a page of ${origin}, got one of ${from}` });
    return;
  }
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
  response.setHeader('vary', 'origin');
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
    return;
  }
  const direction = request.url === '/encode' ? 'encode' : request.url === '/decode' ? 'decode' : undefined;
  if (direction === undefined || request.method !== 'POST') {
    reply(response, 404, { message: 'expected POST /encode or POST /decode' });
    return;
  }
  const payloads = parsePayloads(await bodyOf(request));
  reply(response, 200, { payloads: (await codec[direction](payloads)).map(toJson) });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw wrong(`expected at most ${String(MAX_BODY_BYTES)} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

function parsePayloads(text: string): Payload[] {
  const { payloads } = JSON.parse(text) as { readonly payloads?: unknown };
  if (!Array.isArray(payloads)) throw wrong('expected {"payloads": [...]}');
  return (payloads as JsonPayload[]).map(({ metadata, data }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  }));
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    ...(data == null ? {} : { data: base64(data) }),
  };
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function wrong(problem: string): MidstateError {
  return new MidstateError('InvalidInput', `codec: ${problem}`);
}
