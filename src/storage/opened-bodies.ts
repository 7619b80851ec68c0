import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectRef } from '../core/contracts.js';
import type { ReadRequest } from '../core/ports.js';

/** Bodies of whole objects whose answer's head was read, each until it is taken up or given up. */
export class OpenedBodies {
  readonly #bodies = new WeakMap<ObjectRef, Readable>();

  /** @param object as it is described: this very value is what a reader will be asked for */
  keep(object: ObjectRef, body: Readable): void {
    // A body may break before anybody reads it; whoever then does is told.
    body.on('error', () => undefined);
    this.#bodies.set(object, body);
  }

  /** The body, if there is one and all of it is asked for. Another read of its object gives it up. */
  take({ object, startByte, endByteExclusive }: Omit<ReadRequest, 'signal'>): Readable | undefined {
    const body = this.#bodies.get(object);
    const isAll = startByte === 0 && endByteExclusive === object.sizeBytes;
    if (body !== undefined && !isAll) body.destroy();
    this.#bodies.delete(object);
    return isAll ? body : undefined;
  }

  /** Does nothing for a body that was taken. */
  giveUp(object: ObjectRef): void {
    this.#bodies.get(object)?.destroy();
    this.#bodies.delete(object);
  }
}

const bodiesOfClients = new WeakMap<S3Client, OpenedBodies>();

/** Those opened by a client: the store and the reader that are made of it share them. */
export function openedBodiesOf(client: S3Client): OpenedBodies {
  const opened = bodiesOfClients.get(client) ?? new OpenedBodies();
  bodiesOfClients.set(client, opened);
  return opened;
}
