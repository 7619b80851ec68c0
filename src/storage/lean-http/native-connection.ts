import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { NativeHashing } from '../../core/ports.js';
import {
  OUTCOME,
  type NativeAddon,
  type NativeBounds,
  type NativeConnectionHandle,
  type NativeIntake,
  type NativeResult,
  type NativeTaking,
  type NativeTrust,
} from '../../native/native-addon.js';
import {
  DEFAULT_REPORT,
  failureOf,
  reportOf,
  type ByteTaker,
  type HttpConnection,
  type Origin,
  type TlsMemory,
} from './http-connection.js';
import { tryParseResponseHead, type ResponseHead } from './parse-response-head.js';

/** Hashed at most between two reports, so that little of what was read goes uncounted when the process is killed. */
const REPORT_BYTES = 32 * 1024 * 1024;

/** Taken at once where JavaScript gets the bytes. */
const BUFFER_BYTES = 256 * 1024;

/** No TLS connection came about, because of the certificate as a rule: the handler then asks Node. */
export const UNTRUSTED_CODE = 'EUNTRUSTED';

/** What a connection is made of. */
export interface NativeMeans {
  readonly addon: NativeAddon;
  readonly handle: NativeConnectionHandle;
  /** Present for an origin with TLS. */
  readonly trust: NativeTrust | undefined;
}

/**
 * A connection of the addon: it reads, deciphers and hashes on a thread of its own. Bytes that are hashed there never
 * come to JavaScript; the event loop hears of them as soon as their taker asks, and once in 32 MB.
 */
export class NativeConnection implements HttpConnection {
  answered = 0;
  #isOpen = true;
  #isConnected = false;
  #missing = 0;
  #buffer: Uint8Array | undefined;

  constructor(
    private readonly native: NativeMeans,
    private readonly origin: Origin,
    private readonly connectTimeoutMs: number,
    private readonly memory: TlsMemory,
  ) {}

  get isOpen(): boolean {
    return this.#isOpen;
  }

  setActive(): void {
    // Only what is under way keeps the process alive.
  }

  async request(text: string): Promise<ResponseHead> {
    if (!this.#isConnected) await this.#connect();
    const { head: headText, session, ...result } = await this.native.addon.request(this.native.handle, text);
    this.#requireDone(result);
    if (session !== undefined) this.memory.session = session;
    const head = tryParseResponseHead(headText ?? '');
    if (head === undefined) throw this.#broken('EPROTO', 'the answer is not HTTP/1.1');
    this.#missing = Number(head.headers['content-length'] ?? 0);
    return head;
  }

  async drain(taker: ByteTaker): Promise<void> {
    this.#requireOpen();
    while (this.#missing > 0) {
      const direct = taker.direct?.();
      if (direct === undefined) await this.#fill(taker);
      else await this.#hash(direct, taker);
    }
    this.answered++;
  }

  destroy(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.native.addon.closeConnection(this.native.handle);
  }

  async #connect(): Promise<void> {
    const { hostname, port } = this.origin;
    let giveUp: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (giveUp = reject));
    const timer = setTimeout(() => {
      const within = `within ${String(this.connectTimeoutMs)} ms`;
      giveUp(this.#broken('ETIMEDOUT', `no connection to ${hostname}:${String(port)} ${within}`));
    }, this.connectTimeoutMs);
    try {
      await Promise.race([this.#connectToAny(), late]);
    } finally {
      clearTimeout(timer);
    }
    this.#isConnected = true;
  }

  async #connectToAny(): Promise<void> {
    const { hostname, port } = this.origin;
    const addresses = isIP(hostname) === 0 ? await this.#lookUp(hostname) : [hostname];
    this.#requireOpen();
    const { memory } = this;
    const { addon, handle, trust } = this.native;
    const secured = trust === undefined ? {} : { trust, host: hostname, session: memory.session };
    const result = await addon.connect(handle, { addresses, port, ...secured });
    this.#requireDone(result);
  }

  async #lookUp(hostname: string): Promise<string[]> {
    try {
      return alternateFamilies(await lookup(hostname, { all: true }));
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  async #hash(direct: NativeHashing, taker: ByteTaker): Promise<void> {
    const { ms, bytes } = reportOf(taker);
    const bounds = this.#bounds(Math.min(bytes, REPORT_BYTES), ms);
    const result = await this.native.addon.hashBody(this.native.handle, direct as NativeIntake, bounds);
    this.#take(result, () => {
      direct.advance(result.hashed, result.heldBack ?? new Uint8Array(0));
      taker.onHashed?.(result.taken, result.waits);
    });
  }

  async #fill(taker: ByteTaker): Promise<void> {
    const buffer = (this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES));
    const result = await this.native.addon.fillBody(
      this.native.handle,
      buffer,
      this.#bounds(buffer.length, DEFAULT_REPORT.ms),
    );
    this.#take(result, () => {
      taker.onBytes(buffer.subarray(0, result.taken));
    });
  }

  #bounds(atOnce: number, ms: number): NativeBounds {
    const missing = this.#missing;
    return { limit: Math.min(missing, atOnce), missing, patienceMs: Math.ceil(ms) };
  }

  /** What was taken counts, however it ended; of a connection that was given up meanwhile, nothing does. */
  #take(result: NativeTaking, deliver: () => void): void {
    this.#requireOpen();
    this.#missing -= result.taken;
    try {
      if (result.taken > 0) deliver();
    } catch (error) {
      this.destroy();
      throw error;
    }
    if (result.outcome === OUTCOME.surplus) this.destroy();
    else if (result.outcome !== OUTCOME.late) this.#requireDone(result);
  }

  #requireDone({ outcome, fault }: NativeResult): void {
    switch (outcome) {
      case OUTCOME.done:
        return;
      case OUTCOME.untrusted:
        throw this.#broken(UNTRUSTED_CODE, 'no TLS connection came about');
      case OUTCOME.noHead:
        throw this.#broken('EPROTO', 'the answer has no end of its head');
      case OUTCOME.stopped:
        throw this.#broken('ECONNRESET', 'the connection was given up');
      case OUTCOME.failed:
        throw this.#broken(fault === 0 ? 'ECONNRESET' : getSystemErrorName(-fault), 'the connection failed');
      case OUTCOME.late:
      case OUTCOME.ended:
      case OUTCOME.stale:
      case OUTCOME.surplus:
        throw this.#broken('ECONNRESET', 'the connection was closed');
    }
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw failureOf('ECONNRESET', 'the connection was given up');
  }

  #broken(code: string, message: string): Error {
    this.destroy();
    return failureOf(code, message);
  }
}

/** One of each family in turn, so that a family that leads nowhere keeps no other from being tried. */
function alternateFamilies(found: readonly LookupAddress[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  return Array.from({ length: found.length }, (_, index) => [first[index], others[index]])
    .flat()
    .flatMap((address) => (address === undefined ? [] : [address.address]));
}
