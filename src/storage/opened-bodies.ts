import type { Readable } from 'node:stream';
import type { ObjectRef } from '../core/contracts.js';
import type { ReadRequest } from '../core/ports.js';

/** Bodies of whole objects whose answer's head was read, each until it is taken up or given up. */
const bodies = new WeakMap<ObjectRef, Readable>();

/** @param object as it is described: this very value is what a reader will be asked for */
export function keepBody(object: ObjectRef, body: Readable): void {
  // A body may break before anybody reads it; whoever then does is told.
  body.on('error', () => undefined);
  bodies.set(object, body);
}

/** The body, if there is one and all of it is asked for. Another read of its object gives it up. */
export function takeBody({ object, startByte, endByteExclusive }: ReadRequest): Readable | undefined {
  const body = bodies.get(object);
  const isAll = startByte === 0 && endByteExclusive === object.sizeBytes;
  if (!isAll) body?.destroy();
  bodies.delete(object);
  return isAll ? body : undefined;
}

/** Does nothing for a body that was taken. */
export function giveUpBody(object: ObjectRef): void {
  bodies.get(object)?.destroy();
  bodies.delete(object);
}
