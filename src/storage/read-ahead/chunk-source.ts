import type { ReadRequest } from '../../core/ports.js';
import type { ByteTaker } from '../lean-http/http-connection.js';

/** What reading ahead is made of: one ranged GET at a time. */
export interface ChunkSource {
  /**
   * Sends one GET, or takes up one that was sent; resolves once the answer's head is there, and is of the bytes and the
   * version asked for. The body waits where it is: on the server, on the way, and in the kernel's socket buffer.
   */
  ask(request: ReadRequest): Promise<OpenBody>;
  /** From a request to the head of its answer, in milliseconds: the least of the newest. Undefined before the first. */
  roundTripMs(): number | undefined;
  /** Reads a byte range to its end, as `RangeReader.read` promises. */
  read(request: ReadRequest, taker: ByteTaker): Promise<void>;
}

/** A body that nothing has been taken from. */
export interface OpenBody {
  /**
   * Gives the body to the taker, and closes it; to be called once. The watchdog runs from this call on, not while a body waits.
   * Rejects when the body breaks, stands still, ends early or is aborted.
   */
  drain(taker: ByteTaker): Promise<void>;
  /** Gives the body up, with its connection. */
  close(): void;
}
