import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { LOOPBACK } from '../../src/local/ports.js';
import type { AnswerFault } from '../faults.js';
import { drained } from './drained.js';

/** A request as the proxy sees it, and the answer that S3 gave, where it was asked. */
export interface Spoiled {
  readonly what: AnswerFault;
  readonly key: string;
  /** Of the whole object, as the answer's Content-Range has it. */
  readonly sizeBytes: number;
}

/** A fault that waits for its request. */
export interface ArmedAnswer {
  readonly what: AnswerFault;
  /** Of the body, where it strikes: 0 to 1. */
  readonly place: number;
  /** Told once it has struck. */
  readonly onStruck: (spoiled: Spoiled) => void;
}

const ERRORS: Partial<Record<AnswerFault, readonly [number, string]>> = {
  '500': [500, 'InternalError'],
  '503': [503, 'SlowDown'],
  '429': [429, 'TooManyRequests'],
};

/** A wrong bit makes the whole object be read again: only of objects up to this size. */
const LARGEST_CORRUPTED_BYTES = 30_000_000;

/**
 * S3 with faults: passes every request to the real server, and spoils the answers that it is told to. A key is given a
 * wrong bit once, for a second one in a row is proof of a broken machine, and fails the job as it should.
 */
export class AnswerProxy {
  #armed: ArmedAnswer[] = [];
  readonly #corrupted = new Set<string>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((incoming, response) => {
    this.#pass(incoming, response);
  });

  private constructor(private readonly target: URL) {}

  static async open(targetUrl: string, port: number): Promise<AnswerProxy> {
    const proxy = new AnswerProxy(new URL(targetUrl));
    proxy.#server.keepAliveTimeout = 60_000;
    proxy.#server.listen(port, LOOPBACK);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Spoils the next answer that can be spoiled so. */
  arm(fault: ArmedAnswer): void {
    this.#armed.push(fault);
  }

  /** Takes back what has not struck yet. */
  disarm(): void {
    this.#armed = [];
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await once(this.#server, 'close');
  }

  #pass(incoming: IncomingMessage, response: ServerResponse): void {
    const fault = this.#take(({ what }) => ERRORS[what] !== undefined);
    if (fault !== undefined) {
      refuse(incoming, response, fault);
      return;
    }
    const { hostname: host, port } = this.target;
    const { method, url: path, headers } = incoming;
    const onward = httpRequest({ host, port, method, path, headers, agent: this.#agent }, (answer) => {
      this.#answer(incoming, answer, response);
    });
    onward.once('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  #answer(incoming: IncomingMessage, answer: IncomingMessage, response: ServerResponse): void {
    answer.once('error', () => response.destroy());
    const bodyBytes = Number(answer.headers['content-length'] ?? 0);
    const key = keyOf(incoming);
    const sizeBytes = Number(/\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1] ?? bodyBytes);
    const isBody = incoming.method === 'GET' && (answer.statusCode ?? 500) < 300 && bodyBytes > 0;
    const mayCorrupt = sizeBytes <= LARGEST_CORRUPTED_BYTES && !this.#corrupted.has(key);
    const fault = isBody
      ? this.#take(({ what }) => ERRORS[what] === undefined && (what !== 'corrupted' || mayCorrupt))
      : undefined;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault === undefined) {
      answer.pipe(response);
      return;
    }
    if (fault.what === 'corrupted') this.#corrupted.add(key);
    void spoil(answer, response, fault.what, Math.floor(fault.place * bodyBytes), () => {
      fault.onStruck({ what: fault.what, key, sizeBytes });
    });
  }

  #take(fits: (fault: ArmedAnswer) => boolean): ArmedAnswer | undefined {
    const index = this.#armed.findIndex(fits);
    return index < 0 ? undefined : this.#armed.splice(index, 1)[0];
  }
}

function refuse(incoming: IncomingMessage, response: ServerResponse, { what, onStruck }: ArmedAnswer): void {
  const [status, code] = ERRORS[what] ?? [500, 'InternalError'];
  incoming.resume();
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>chaos</Message></Error>`,
  );
  onStruck({ what, key: keyOf(incoming), sizeBytes: 0 });
}

/** Passes a body on until byte `at`, and does there what is asked. */
async function spoil(
  answer: IncomingMessage,
  response: ServerResponse,
  what: AnswerFault,
  at: number,
  onStruck: () => void,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  let passed = 0;
  let hasStruck = false;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      const isHere = !hasStruck && passed + piece.length > at;
      const before = at - passed;
      passed += piece.length;
      if (isHere) {
        hasStruck = true;
        onStruck();
        if (what === 'corrupted') piece.writeUInt8(piece.readUInt8(before) ^ 1, before);
        else {
          breakOff(response, what, piece.subarray(0, before));
          return;
        }
      }
      if (!response.write(piece)) await Promise.race([drained(response), closed]);
      if (response.destroyed) return;
    }
    response.end();
  } catch {
    response.destroy(); // the server broke off: so does the proxy
  }
}

function breakOff(response: ServerResponse, what: AnswerFault, last: Buffer): void {
  const { socket } = response;
  response.write(last, () => {
    if (what === 'truncated') socket?.end();
    else if (what === 'broken-off') socket?.resetAndDestroy();
    // What stands still does so until the client gives it up.
  });
}

function keyOf({ url = '' }: IncomingMessage): string {
  const { pathname } = new URL(url, 'http://s3');
  return decodeURIComponent(pathname.split('/').slice(2).join('/'));
}
