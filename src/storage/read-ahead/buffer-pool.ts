/**
 * Buffers that all objects of a worker share to read ahead into: allocated on first use, outside V8's heap, then used
 * again and again. However many objects and connections there are, they are never more than the bound says.
 */
export class BufferPool {
  readonly #free: Uint8Array[] = [];
  readonly #maxBuffers: number;
  #allocated = 0;

  /** @param boundBytes for all buffers together; less than one buffer means none */
  constructor(
    readonly bufferSizeBytes: number,
    boundBytes: number,
  ) {
    this.#maxBuffers = Math.floor(boundBytes / bufferSizeBytes);
  }

  /** Memory taken so far; it is kept for as long as the pool lives. */
  get allocatedBytes(): number {
    return this.#allocated * this.bufferSizeBytes;
  }

  /** A buffer of at least `sizeBytes`; undefined when all are in use, or none is so large. */
  tryTake(sizeBytes: number): Uint8Array | undefined {
    if (sizeBytes > this.bufferSizeBytes) return undefined;
    const free = this.#free.pop();
    if (free !== undefined || this.#allocated >= this.#maxBuffers) return free;
    this.#allocated++;
    return Buffer.allocUnsafeSlow(this.bufferSizeBytes);
  }

  /** Gives back a buffer that was taken; nobody may write to it any more. */
  release(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }
}
