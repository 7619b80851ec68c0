import type { Readable } from 'node:stream';
import type { ObjectRef } from '../core/contracts.js';
import type { ReadRequest } from '../core/ports.js';

/** Bodies of whole objects whose answer's head was read, each until it is taken up or given up. */
export class OpenedBodies {
  readonly #bodies = new WeakMap<ObjectRef, Readable>();

  /** @param object as it is described: this very object is what a reader will be asked for */
  keep(object: ObjectRef, body: Readable): void {
    // A body may break before anybody reads it; whoever then does is told.
    body.on('error', () => undefined);
    this.#bodies.set(object, body);
  }

  /** The body, if there is one and all of it is asked for. Another read of its object gives it up. */
  take({ object, startByte, endByteExclusive }: Omit<ReadRequest, 'signal'>): Readable | undefined {
    const body = this.#bodies.get(object);
    if (body === undefined) return undefined;
    const isAll = startByte === 0 && endByteExclusive === object.sizeBytes;
    if (!isAll) this.giveUp(object);
    this.#bodies.delete(object);
    return isAll ? body : undefined;
  }

  /** Does nothing for a body that was taken. */
  giveUp(object: ObjectRef): void {
    this.#bodies.get(object)?.destroy();
    this.#bodies.delete(object);
  }
}
