/** BLAKE3 written out from sections 2.1 to 2.6 of its specification, for tests to compare with. */

interface Node {
  readonly inputChainingValue: readonly number[];
  readonly block: readonly number[];
  readonly counter: bigint;
  readonly blockBytes: number;
  readonly flags: number;
}

const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;
const CHUNK_BYTES = 1024;

const IV = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
const MIXES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

const rotr = (x: number, n: number): number => ((x >>> n) | (x << (32 - n))) >>> 0;

function compress(node: Node, extraFlags = 0): number[] {
  const low = Number(node.counter & 0xffffffffn);
  const high = Number(node.counter >> 32n);
  const v = [
    ...node.inputChainingValue,
    ...IV.slice(0, 4),
    low,
    high,
    node.blockBytes,
    node.flags | extraFlags,
  ];
  const get = (i: number): number => v[i] ?? 0;
  let message = [...node.block];
  for (let round = 0; round < 7; round++) {
    MIXES.forEach(([a, b, c, d], i) => {
      for (const [x, dShift, bShift] of [
        [message[2 * i] ?? 0, 16, 12],
        [message[2 * i + 1] ?? 0, 8, 7],
      ] as const) {
        v[a] = (get(a) + get(b) + x) >>> 0;
        v[d] = rotr(get(d) ^ get(a), dShift);
        v[c] = (get(c) + get(d)) >>> 0;
        v[b] = rotr(get(b) ^ get(c), bShift);
      }
    });
    message = PERMUTATION.map((i) => message[i] ?? 0);
  }
  return Array.from({ length: 8 }, (_, i) => (get(i) ^ get(i + 8)) >>> 0);
}

function words(bytes: Uint8Array): number[] {
  const block = Buffer.alloc(64);
  block.set(bytes);
  return Array.from({ length: 16 }, (_, i) => block.readUInt32LE(i * 4));
}

function toBytes(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(32);
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  return Uint8Array.from(bytes);
}

function chunkNode(chunk: Uint8Array, counter: bigint): Node {
  const blocks = Math.max(1, Math.ceil(chunk.length / 64));
  let node: Node | undefined;
  for (let i = 0; i < blocks; i++) {
    const block = chunk.subarray(i * 64, (i + 1) * 64);
    const flags = (i === 0 ? CHUNK_START : 0) | (i === blocks - 1 ? CHUNK_END : 0);
    const inputChainingValue: readonly number[] = node ? compress(node) : IV;
    node = { inputChainingValue, block: words(block), counter, blockBytes: block.length, flags };
  }
  return node as Node;
}

function parentNode(left: Uint8Array, right: Uint8Array): Node {
  const block = words(Buffer.concat([left, right]));
  return { inputChainingValue: IV, block, counter: 0n, blockBytes: 64, flags: PARENT };
}

const chainingValue = (node: Node): Uint8Array => toBytes(compress(node));

/** Chunks of the left subtree: the largest power of two that leaves at least one chunk to the right. */
const leftChunks = (chunks: number): number => 2 ** Math.floor(Math.log2(chunks - 1));

function subtree(bytes: Uint8Array, firstChunk: bigint): Uint8Array {
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  if (chunks <= 1) return chainingValue(chunkNode(bytes, firstChunk));
  const left = leftChunks(chunks);
  return chainingValue(
    parentNode(
      subtree(bytes.subarray(0, left * CHUNK_BYTES), firstChunk),
      subtree(bytes.subarray(left * CHUNK_BYTES), firstChunk + BigInt(left)),
    ),
  );
}

/** Canonical state after `bytes`, a multiple of 1,024: the complete subtrees below the root, leftmost first. */
export function blake3State(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let chunks = bytes.length / CHUNK_BYTES; chunks > 0;) {
    const spansAll = at === 0 && chunks > 1;
    const take = chunks === 1 ? 1 : spansAll || !isPowerOfTwo(chunks) ? leftChunks(chunks) : chunks;
    parts.push(subtree(bytes.subarray(at, at + take * CHUNK_BYTES), BigInt(at / CHUNK_BYTES)));
    at += take * CHUNK_BYTES;
    chunks -= take;
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** Digest of an input that led to `state` after `bytesHashed` bytes and ends with `rest`, 1,024 bytes at most. */
export function blake3Digest(state: Uint8Array, bytesHashed: number, rest: Uint8Array): string {
  const chunks = bytesHashed / CHUNK_BYTES;
  const stack = Array.from({ length: state.length / 32 }, (_, i) => state.subarray(i * 32, (i + 1) * 32));
  if (rest.length > 0 && chunks > 1 && isPowerOfTwo(chunks)) {
    stack.splice(0, 2, chainingValue(parentNode(stack[0] as Uint8Array, stack[1] as Uint8Array)));
  }
  const ended = rest.length > 0 || stack.length === 0 ? undefined : stack.splice(-2);
  let node = ended
    ? parentNode(ended[0] as Uint8Array, ended[1] as Uint8Array)
    : chunkNode(rest, BigInt(chunks));
  for (const left of stack.reverse()) node = parentNode(left, chainingValue(node));
  return Buffer.from(toBytes(compress(node, ROOT))).toString('hex');
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
