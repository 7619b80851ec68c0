import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { LOOPBACK } from '../../src/local/ports.js';

/** An invocation as the runtime gets it. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadlineMs: number;
  readonly event: unknown;
}

/** What a runtime says to whoever runs it. */
export interface RuntimeListener {
  /** It wants work: its start, or its last invocation, is over. */
  onNext(): void;
  onResponse(requestId: string, body: string): void;
  onError(requestId: string | undefined, body: string): void;
}

const PREFIX = '/2018-06-01/runtime/';

/**
 * Lambda's runtime API (version 2018-06-01) for one execution environment, on loopback.
 * Source: AWS Lambda's developer guide, "Using the Lambda runtime API for custom runtimes".
 */
export class RuntimeApi {
  #waiting: ServerResponse | undefined;

  private constructor(
    private readonly server: Server,
    private readonly listener: RuntimeListener,
  ) {}

  static async open(listener: RuntimeListener): Promise<RuntimeApi> {
    const server = createServer((request, response) => {
      api.#answer(request, response).catch(() => response.destroy()); // the runtime was killed in the middle of it
    });
    const api = new RuntimeApi(server, listener);
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return api;
  }

  /** `AWS_LAMBDA_RUNTIME_API` */
  get address(): string {
    return `${LOOPBACK}:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** Answers the runtime that waits for work. */
  deliver({ requestId, functionArn, deadlineMs, event }: Invocation): void {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new Error('no runtime waits for an invocation');
    this.#waiting = undefined;
    waiting
      .writeHead(200, {
        'Content-Type': 'application/json',
        'Lambda-Runtime-Aws-Request-Id': requestId,
        'Lambda-Runtime-Deadline-Ms': String(deadlineMs),
        'Lambda-Runtime-Invoked-Function-Arn': functionArn,
        'Lambda-Runtime-Trace-Id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      })
      .end(JSON.stringify(event));
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
    if (method === 'GET' && path === 'invocation/next') {
      this.#waiting = response;
      this.listener.onNext();
      return;
    }
    const body = await textOf(request);
    const [, requestId, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (method !== 'POST' || (what === undefined && path !== 'init/error')) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
    if (what === 'response' && requestId !== undefined) this.listener.onResponse(requestId, body);
    else this.listener.onError(requestId, body);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
