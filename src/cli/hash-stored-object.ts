import { availableParallelism } from 'node:os';
import type { Config } from '../config.js';
import type { Algorithm } from '../core/algorithms.js';
import { compositeChecksum } from '../core/composite-checksum.js';
import type { ObjectDescription, Proof } from '../core/contracts.js';
import { memoryClass } from '../core/memory-classes.js';
import { layOutParts, partSizes } from '../core/part-layout.js';
import type { ByteSink, HashEngine, ObjectStore, RangeHasher, RangeReader } from '../core/ports.js';
import {
  evidenceOf,
  onlyDigests,
  proveDigests,
  requireEqual,
  reusableDigests,
  withProofAlgorithm,
} from '../core/proof.js';
import { chunksOf, type ByteRange } from '../core/ranges.js';
import { parseS3Uri } from '../core/s3-uri.js';
import { partsChecksum, type PartsChecksum } from '../core/stored-parts.js';
import { selectEngine } from '../hashing/index.js';
import { createS3Client } from '../storage/aws-clients.js';
import { BufferPool } from '../storage/read-ahead/buffer-pool.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { noteFallback } from './output.js';
import type { ProofOptions } from './proof-options.js';

type Digests = Partial<Record<Algorithm, string>>;

/** What an object came to, and what proves it. */
export interface StoredObjectDigests {
  readonly sizeBytes: number;
  readonly digests: Digests;
  readonly proof: Proof;
  /** What was asked for and could not be had, with the reason. */
  readonly notes: readonly string[];
}

/** The parts to hash beside the whole. */
interface Parts {
  readonly checksum: PartsChecksum;
  readonly sizes: readonly number[];
}

interface Session {
  readonly config: Config;
  readonly chunkSizeBytes: number;
  readonly store: ObjectStore;
  readonly reader: RangeReader;
  readonly notes: string[];
}

/**
 * Hashes an object here and now, in one read, and compares it with what S3 holds; its parts too, if asked.
 * @throws MidstateError CorruptRead when the bytes read are not those stored
 */
export async function hashStoredObject(
  uri: string,
  config: Config,
  options: ProofOptions,
): Promise<StoredObjectDigests> {
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({
    ...config.aws,
    idleTimeoutMs,
    connections: 8,
    nativeConnections: config.engine !== 'portable',
  });
  const memory = memoryClass(512);
  const chunkSizeBytes = config.chunkSizeBytes ?? memory.chunkSizeBytes;
  const reader = createS3RangeReader(client, {
    ...DEFAULT_READER_SETTINGS,
    idleTimeoutMs,
    connectionsPerObject: config.connections ?? memory.connectionsPerObject,
    pool: new BufferPool(chunkSizeBytes, memory.readAheadBytes),
  });
  const session: Session = { config, chunkSizeBytes, store: createS3ObjectStore(client), reader, notes: [] };
  try {
    const description = await session.store.describe(parseS3Uri(uri));
    const answer =
      tryReuse(session, description, options) ?? (await readAndProve(session, description, options));
    return { sizeBytes: description.object.sizeBytes, notes: session.notes, ...answer };
  } finally {
    client.destroy();
  }
}

type Answer = Pick<StoredObjectDigests, 'digests' | 'proof'>;

function tryReuse(
  { config: { algorithms }, notes }: Session,
  { storedChecksums }: ObjectDescription,
  { reuseStored }: ProofOptions,
): Answer | undefined {
  if (reuseStored !== true) return undefined;
  const reuse = reusableDigests(algorithms, storedChecksums);
  if (reuse.digests !== undefined) {
    return { digests: reuse.digests, proof: { kind: 'reused-stored', algorithms } };
  }
  notes.push(reuse.reason);
  return undefined;
}

async function readAndProve(
  session: Session,
  description: ObjectDescription,
  options: ProofOptions,
): Promise<Answer> {
  const { config, notes } = session;
  const proveParts = options.proveParts === true;
  const parts = proveParts ? await findParts(session, description, options) : undefined;
  if (typeof parts === 'string') notes.push(`parts not proved: ${parts}`);
  const algorithms = withProofAlgorithm(config.algorithms, evidenceOf(description, proveParts));
  const engine = await selectEngine({
    prefer: config.engine,
    algorithms: [
      ...new Set(typeof parts === 'object' ? [...algorithms, parts.checksum.algorithm] : algorithms),
    ],
    threads: availableParallelism(),
    onFallback: noteFallback,
  });
  const hasher = await engine.createHasher(algorithms);
  let partsProof: Proof | undefined;
  if (typeof parts === 'object')
    partsProof = await readParts(session, description, { engine, hasher, parts });
  else await readWhole(session, description, hasher);
  const digests = hasher.digests();
  const proof = proveDigests(digests, description, proveParts);
  return { digests: onlyDigests(digests, config.algorithms), proof: partsProof ?? proof };
}

/** The parts, or why there is nothing that they could prove; undefined where that goes without saying. */
async function findParts(
  { store }: Session,
  description: ObjectDescription,
  { partSizeBytes }: ProofOptions,
): Promise<Parts | string | undefined> {
  const { object } = description;
  const checksum = partsChecksum(description);
  if (checksum.algorithm === undefined) return checksum.reason;
  const listed = await store.listPartSizes(object, checksum.parts);
  const layout = layOutParts(object.sizeBytes, checksum.parts, listed, partSizeBytes);
  return layout.runs === undefined ? layout.reason : { checksum, sizes: [...partSizes(layout.runs)] };
}

async function readWhole(
  session: Session,
  description: ObjectDescription,
  hasher: RangeHasher,
): Promise<void> {
  const whole = { startByte: 0, endByteExclusive: description.object.sizeBytes };
  await readRange(session, description, whole, {
    onBytes: (bytes) => {
      hasher.update(bytes);
    },
    hasher,
  });
}

/** Reads part after part, each into a hash of its own beside the whole object's. */
async function readParts(
  session: Session,
  description: ObjectDescription,
  {
    engine,
    hasher,
    parts,
  }: { readonly engine: HashEngine; readonly hasher: RangeHasher; readonly parts: Parts },
): Promise<Proof> {
  const { algorithm, value } = parts.checksum;
  const partDigests: string[] = [];
  let startByte = 0;
  for (const sizeBytes of parts.sizes) {
    const partHasher = await engine.createHasher([algorithm]);
    const part = { startByte, endByteExclusive: startByte + sizeBytes };
    await readRange(session, description, part, {
      onBytes: (bytes) => {
        hasher.update(bytes);
        partHasher.update(bytes);
      },
    });
    partDigests.push(partHasher.digests()[algorithm] ?? '');
    startByte += sizeBytes;
  }
  requireEqual(algorithm, value, compositeChecksum(algorithm, partDigests));
  return { kind: 'stored-parts', ...parts.checksum };
}

async function readRange(
  { config, chunkSizeBytes, reader }: Session,
  { object }: ObjectDescription,
  range: ByteRange,
  sink: ByteSink,
): Promise<void> {
  const chunks = chunksOf(range, chunkSizeBytes, config.algorithms);
  const { signal } = new AbortController();
  await reader.readChunks({ object, chunks, signal }, sink);
}
