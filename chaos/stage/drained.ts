import type { Writable } from 'node:stream';

/** Until more may be written. Leaves no listener behind where that never comes. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.removeAllListeners('drain');
    stream.once('drain', resolve);
  });
}
