import {
  createCRC32,
  createCRC64,
  createMD5,
  createSHA1,
  createSHA256,
  createSHA512,
  type IHasher,
} from 'hash-wasm';
import type { Algorithm } from '../core/algorithms.js';
import { checkSavedSize } from './saved-layout.js';
import type { HashPosition, ResumableHash } from './resumable-hash.js';

/** Algorithms whose state is a fixed number of words. */
export type WordAlgorithm = Exclude<Algorithm, 'blake3'>;

/**
 * Where hash-wasm 4.13 keeps a hash's words in what `save()` returns: four bytes of build tag, then the C struct
 * of its `src/<algorithm>.c`, little-endian, as WebAssembly's memory is.
 */
interface SavedLayout {
  readonly create: () => Promise<IHasher>;
  readonly savedSizeBytes: number;
  readonly wordsAt: number;
  readonly wordSizeBytes: 4 | 8;
  readonly wordCount: number;
  /** Canonical byte order of a word. */
  readonly order: 'little-endian' | 'big-endian';
  /** hash-wasm keeps a CRC with its final xor applied; the canonical state is the register before it. */
  readonly complemented?: true;
  readonly writeCount?: (saved: DataView, bytesHashed: number) => void;
}

/** Reflected polynomials, as the CRC catalogue gives them: CRC-32/ISCSI and CRC-64/NVME. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

const CRC_LAYOUT = {
  savedSizeBytes: 8,
  wordsAt: 4,
  wordSizeBytes: 4,
  wordCount: 1,
  order: 'big-endian',
  complemented: true,
} as const;

const LAYOUTS: Readonly<Record<WordAlgorithm, SavedLayout>> = {
  md5: {
    create: createMD5,
    savedSizeBytes: 156,
    wordsAt: 12,
    wordSizeBytes: 4,
    wordCount: 4,
    order: 'little-endian',
    writeCount(saved, bytesHashed) {
      saved.setUint32(4, bytesHashed % 2 ** 29, true);
      saved.setUint32(8, Math.floor(bytesHashed / 2 ** 29), true);
    },
  },
  sha1: {
    create: createSHA1,
    savedSizeBytes: 96,
    wordsAt: 4,
    wordSizeBytes: 4,
    wordCount: 5,
    order: 'big-endian',
    writeCount(saved, bytesHashed) {
      saved.setBigUint64(24, BigInt(bytesHashed) * 8n, true);
    },
  },
  sha256: {
    create: createSHA256,
    savedSizeBytes: 116,
    wordsAt: 76,
    wordSizeBytes: 4,
    wordCount: 8,
    order: 'big-endian',
    writeCount(saved, bytesHashed) {
      saved.setBigUint64(68, BigInt(bytesHashed), true);
    },
  },
  sha512: {
    create: createSHA512,
    savedSizeBytes: 212,
    wordsAt: 140,
    wordSizeBytes: 8,
    wordCount: 8,
    order: 'big-endian',
    writeCount(saved, bytesHashed) {
      saved.setBigUint64(132, BigInt(bytesHashed), true);
    },
  },
  crc32: { ...CRC_LAYOUT, create: () => createCRC32() },
  crc32c: { ...CRC_LAYOUT, create: () => createCRC32(CRC32C_POLYNOMIAL) },
  crc64nvme: {
    ...CRC_LAYOUT,
    create: () => createCRC64(CRC64NVME_POLYNOMIAL),
    savedSizeBytes: 12,
    wordSizeBytes: 8,
  },
};

/**
 * Creates a hash whose canonical state is its words alone.
 * @throws MidstateError MidstateIncompatible when the installed hash-wasm saves states of another size; not retried
 */
export async function createWordHash(algorithm: WordAlgorithm, from?: HashPosition): Promise<ResumableHash> {
  const layout = LAYOUTS[algorithm];
  const hasher = await layout.create();
  const fresh = checkSavedSize(algorithm, hasher.save(), layout.savedSizeBytes);
  if (from !== undefined) hasher.load(intoSaved(fresh, layout, from));
  return {
    update: (bytes) => void hasher.update(bytes),
    state: () =>
      convertWords(hasher.save().slice(layout.wordsAt, layout.wordsAt + stateSizeBytes(layout)), layout),
    digest: () => hasher.digest(),
  };
}

function intoSaved(saved: Uint8Array, layout: SavedLayout, from: HashPosition): Uint8Array {
  saved.set(convertWords(Uint8Array.from(from.state), layout), layout.wordsAt);
  layout.writeCount?.(new DataView(saved.buffer), from.bytesHashed);
  return saved;
}

/** Turns hash-wasm's words into canonical ones, in place; done twice it changes nothing, so it serves both ways. */
function convertWords(words: Uint8Array, layout: SavedLayout): Uint8Array {
  if (layout.order === 'big-endian') {
    for (let at = 0; at < words.length; at += layout.wordSizeBytes) {
      words.subarray(at, at + layout.wordSizeBytes).reverse();
    }
  }
  return layout.complemented ? words.map((byte) => byte ^ 0xff) : words;
}

function stateSizeBytes(layout: SavedLayout): number {
  return layout.wordSizeBytes * layout.wordCount;
}
