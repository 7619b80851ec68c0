import { buildQueryString } from '@smithy/core/protocols';
import { HttpResponse, type HttpRequest } from '@smithy/core/transport';
import type { NodeHttpHandler, NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import type { ProxyHttpHandler } from '../http-proxy/proxy-http-handler.js';
import { LeanBody } from './lean-body.js';
import { failureOf, type HttpConnection, type Origin, type TlsMemory } from './http-connection.js';
import { UNTRUSTED_CODE } from './native-connection.js';
import type { OpenConnection } from './open-connection.js';
import type { ResponseHead } from './parse-response-head.js';

export interface LeanHttpSettings {
  readonly connectTimeoutMs: number;
  /** The answer's head must be there by then, and each piece of an error within as long. */
  readonly answerTimeoutMs: number;
  readonly openConnection: OpenConnection;
  /** For everything but the expected answer to a GET of an object, and for all that goes through a proxy. */
  readonly fallback: ProxyHttpHandler;
}

interface IdleConnection {
  readonly connection: HttpConnection;
  readonly timer: NodeJS.Timeout;
}

/** Servers close idle connections after as long, and not each connection notices; a new one costs milliseconds. */
const KEPT_IDLE_MS = 15_000;

type HandleOptions = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>;

/**
 * HTTP handler for the AWS SDK that itself takes the answers to GETs of objects, as long as they have a `Content-Length`.
 * Any other request goes to the SDK's own handler, and so does one that a proxy carries, or whose answer is of another
 * form: it is sent again there. The SDK signs, resolves endpoints and credentials, reads errors, and retries, as always. ADR 0005 has the
 * reasons and figures.
 */
export class LeanHttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #idle = new Map<string, IdleConnection[]>();
  readonly #tlsMemories = new Map<string, TlsMemory>();
  readonly #fallback: ProxyHttpHandler;

  constructor(private readonly settings: LeanHttpSettings) {
    this.#fallback = settings.fallback;
  }

  async handle(request: HttpRequest, options: HandleOptions = {}): Promise<{ response: HttpResponse }> {
    if (!isObjectGet(request) || !this.#fallback.isDirect(request)) {
      return await this.#fallback.handle(request, options);
    }
    const exchange = await this.#exchange(request, options.abortSignal).catch(unlessUntrusted);
    if (exchange === undefined) return await this.#fallback.handle(request, options);
    const { connection, head } = exchange;
    if (!isExpected(head)) {
      connection.destroy();
      return await this.#fallback.handle(request, options);
    }
    const body = new LeanBody(connection, this.settings.answerTimeoutMs, (free) => {
      this.#release(request, free, head);
    });
    return {
      response: new HttpResponse({ statusCode: head.statusCode, headers: { ...head.headers }, body }),
    };
  }

  destroy(): void {
    for (const idle of [...this.#idle.values()].flat()) {
      clearTimeout(idle.timer);
      idle.connection.destroy();
    }
    this.#idle.clear();
    this.#fallback.destroy();
  }

  updateHttpClientConfig(key: keyof NodeHttpHandlerOptions, value: never): void {
    this.#fallback.updateHttpClientConfig(key, value);
  }

  httpHandlerConfigs(): NodeHttpHandlerOptions {
    return this.#fallback.httpHandlerConfigs();
  }

  /** Sends the request; once more on a new connection when a kept-alive one turns out to have been closed meanwhile. */
  async #exchange(
    request: HttpRequest,
    signal: HandleOptions['abortSignal'],
  ): Promise<{ connection: HttpConnection; head: ResponseHead }> {
    for (;;) {
      const connection = this.#take(request);
      try {
        return { connection, head: await this.#requestWithin(connection, request, signal) };
      } catch (error) {
        const isStale = connection.answered > 0 && (error as NodeJS.ErrnoException).code !== 'ETIMEDOUT';
        if (signal?.aborted === true || !isStale) throw error;
      }
    }
  }

  async #requestWithin(
    connection: HttpConnection,
    request: HttpRequest,
    signal: HandleOptions['abortSignal'],
  ): Promise<ResponseHead> {
    const { answerTimeoutMs } = this.settings;
    let giveUp: (error: Error) => void = () => undefined;
    const gaveUp = new Promise<never>((_, reject) => (giveUp = reject));
    const timer = setTimeout(() => {
      giveUp(failureOf('ETIMEDOUT', `no answer within ${String(answerTimeoutMs)} ms`));
    }, answerTimeoutMs);
    const abort = () => {
      giveUp(Object.assign(new Error('the request was aborted'), { name: 'AbortError' }));
    };
    const events = signal as AbortSignal | undefined;
    events?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    try {
      return await Promise.race([connection.request(textOf(request)), gaveUp]);
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      events?.removeEventListener('abort', abort);
    }
  }

  #take(request: HttpRequest): HttpConnection {
    const origin = originOf(request);
    const idle = this.#idle.get(keyOf(origin)) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      const { connection, timer } = last;
      clearTimeout(timer);
      if (!connection.isOpen) continue;
      connection.setActive(true);
      return connection;
    }
    const memory = this.#tlsMemories.get(keyOf(origin)) ?? {};
    this.#tlsMemories.set(keyOf(origin), memory);
    return this.settings.openConnection(origin, this.settings.connectTimeoutMs, memory);
  }

  #release(request: HttpRequest, connection: HttpConnection, head: ResponseHead): void {
    if (head.headers['connection']?.toLowerCase() === 'close') {
      connection.destroy();
      return;
    }
    connection.setActive(false);
    const key = keyOf(originOf(request));
    const timer = setTimeout(() => {
      connection.destroy();
      this.#idle.set(key, this.#openOf(key));
    }, KEPT_IDLE_MS).unref();
    this.#idle.set(key, [...this.#openOf(key), { connection, timer }]);
  }

  #openOf(key: string): IdleConnection[] {
    return (this.#idle.get(key) ?? []).filter(({ connection }) => connection.isOpen);
  }
}

/** What makes a server untrusted is for Node to say, in its own words; and it may know better. */
function unlessUntrusted(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== UNTRUSTED_CODE) throw error;
}

/** Of a range, or of a whole object with the checksums that S3 holds. */
function isObjectGet({ method, headers, body }: HttpRequest): boolean {
  if (method !== 'GET' || body !== undefined) return false;
  return Object.keys(headers).some((name) => OBJECT_GET_HEADERS.has(name.toLowerCase()));
}

const OBJECT_GET_HEADERS: ReadonlySet<string> = new Set(['range', 'x-amz-checksum-mode']);

function isExpected({ statusCode, headers }: ResponseHead): boolean {
  return (
    statusCode >= 200 &&
    statusCode !== 204 &&
    statusCode !== 304 &&
    /^\d+$/.test(headers['content-length'] ?? '') &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] !== 'aws-chunked'
  );
}

function originOf({ protocol, hostname, port }: HttpRequest): Origin {
  const isTls = protocol === 'https:';
  return { isTls, hostname: hostname.replace(/^\[|\]$/g, ''), port: port ?? (isTls ? 443 : 80) };
}

function keyOf({ isTls, hostname, port }: Origin): string {
  return `${isTls ? 'https' : 'http'}://${hostname}:${String(port)}`;
}

/** The request as it goes over the wire. */
function textOf({ method, path, query, headers }: HttpRequest): string {
  const queryString = buildQueryString(query);
  const target = queryString === '' ? path : `${path}?${queryString}`;
  const lines = Object.entries({ ...headers, connection: 'keep-alive' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}
