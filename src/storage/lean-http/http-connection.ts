import type { NativeHashing } from '../../core/ports.js';
import type { ResponseHead } from './parse-response-head.js';

export interface Origin {
  readonly isTls: boolean;
  readonly hostname: string;
  readonly port: number;
}

/** What connections to one origin share: the newest TLS session, with which the next one shakes hands sooner. */
export interface TlsMemory {
  session?: Buffer;
}

/** How soon to be told of bytes that were hashed outside of JavaScript, whichever comes first. */
export interface ReportWithin {
  readonly ms: number;
  /** From now on; Infinity: at the body's end. */
  readonly bytes: number;
}

/** What a taker wants that does not say. */
export const DEFAULT_REPORT: ReportWithin = { ms: 200, bytes: Infinity };

/** Takes the bytes of a body, in order. */
export interface ByteTaker {
  /** The bytes are valid during the call only. */
  onBytes(bytes: Uint8Array): void;
  /** Hashes that the next bytes may go to directly, in place of `onBytes`; asked again and again. */
  direct?(): NativeHashing | undefined;
  /** When to be told of those; asked again and again. Default: in 200 ms. */
  reportWithin?(): ReportWithin;
  /** Told of bytes that went there. @param waits times that all there was had been hashed, and more was waited for */
  onHashed?(byteCount: number, waits: number): void;
}

/** When the taker wants to be told. */
export function reportOf(taker: ByteTaker): ReportWithin {
  return taker.reportWithin?.() ?? DEFAULT_REPORT;
}

/** One kept-alive HTTP/1.1 connection, for responses with a `Content-Length`. */
export interface HttpConnection {
  /** Requests answered before the one under way. */
  readonly answered: number;
  /** False once it was closed, as far as this process knows. */
  readonly isOpen: boolean;
  /** An idle connection does not keep the process alive. */
  setActive(active: boolean): void;
  /** Sends a request; resolves with the answer's head. Its body then waits for `drain`. */
  request(text: string): Promise<ResponseHead>;
  /** Gives the announced body to the taker; resolves at its end. */
  drain(taker: ByteTaker): Promise<void>;
  destroy(): void;
}

/** An error with a code, as Node's sockets give them: the SDK and midstate tell faults apart by it. */
export function failureOf(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
