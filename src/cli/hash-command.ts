import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.js';
import { checksumLine } from '../core/checksum-line.js';
import { isS3Uri, parseS3Uri } from '../core/s3-uri.js';
import type { RangeHasher } from '../core/ports.js';
import { chunksOf } from '../core/ranges.js';
import { memoryClass } from '../core/memory-classes.js';
import { selectEngine } from '../hashing/index.js';
import { createS3Client } from '../storage/aws-clients.js';
import { BufferPool } from '../storage/read-ahead/buffer-pool.js';
import { createS3ObjectStore } from '../storage/s3-object-store.js';
import { createS3RangeReader, DEFAULT_READER_SETTINGS } from '../storage/s3-range-reader.js';
import { noteFallback, printJson } from './output.js';

interface HashOptions {
  readonly algorithms?: string;
  readonly chunkSizeBytes?: string;
  readonly connections?: string;
  readonly json?: boolean;
}

export function addHashCommand(program: Command): void {
  program
    .command('hash')
    .description('hash an object, a file or standard input here and now, without Temporal')
    .argument('<source>', 's3://bucket/key, a file, or - for standard input')
    .option(
      '--algorithms <list>',
      'digests to compute, e.g. sha1,sha256 (default: MIDSTATE_ALGORITHMS, else sha1)',
    )
    .option('--chunk-size-bytes <bytes>', 'bytes of one ranged GET, a multiple of 128')
    .option('--connections <n>', 'GETs of an object under way at once (default: as the 512 MB class)')
    .option('--json', 'print {source, sizeBytes, digests} as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  midstate hash s3://bucket/video.mov\n  midstate hash --algorithms md5,crc64nvme --json video.mov',
    )
    .action(hash);
}

async function hash(source: string, options: HashOptions): Promise<void> {
  const config = loadConfig({
    algorithms: options.algorithms,
    chunkSizeBytes: options.chunkSizeBytes,
    connections: options.connections,
  });
  const engine = await selectEngine({
    prefer: config.engine,
    algorithms: config.algorithms,
    threads: availableParallelism(),
    onFallback: noteFallback,
  });
  const hasher = await engine.createHasher(config.algorithms);
  const sizeBytes = isS3Uri(source)
    ? await hashObjectAt(source, config, hasher)
    : await hashStream(source, hasher);
  const digests = hasher.digests();
  if (options.json === true) {
    printJson({ source, sizeBytes, digests });
    return;
  }
  for (const algorithm of config.algorithms) {
    process.stdout.write(checksumLine(digests[algorithm] ?? '', source));
  }
}

async function hashObjectAt(uri: string, config: Config, hasher: RangeHasher): Promise<number> {
  const idleTimeoutMs = config.idleTimeoutSeconds * 1_000;
  const client = createS3Client({ ...config.aws, idleTimeoutMs, connections: 4 });
  const { object } = await createS3ObjectStore(client).describe(parseS3Uri(uri));
  const memory = memoryClass(512);
  const chunkSizeBytes = config.chunkSizeBytes ?? memory.chunkSizeBytes;
  const reader = createS3RangeReader(client, {
    ...DEFAULT_READER_SETTINGS,
    idleTimeoutMs,
    connectionsPerObject: config.connections ?? memory.connectionsPerObject,
    pool: new BufferPool(chunkSizeBytes, memory.readAheadBytes),
  });
  const whole = { startByte: 0, endByteExclusive: object.sizeBytes };
  const chunks = chunksOf(whole, chunkSizeBytes, config.algorithms);
  const { signal } = new AbortController();
  await reader.readChunks(
    { object, chunks, signal },
    {
      onBytes: (bytes) => {
        hasher.update(bytes);
      },
    },
  );
  client.destroy();
  return object.sizeBytes;
}

async function hashStream(source: string, hasher: RangeHasher): Promise<number> {
  const stream = source === '-' ? process.stdin : createReadStream(source, { highWaterMark: 1 << 20 });
  let sizeBytes = 0;
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      sizeBytes += bytes.length;
      hasher.update(bytes);
    }
  } catch (error) {
    // The error of a read, unlike that of an open, does not say of which file.
    throw Object.assign(error as NodeJS.ErrnoException, { path: source });
  }
  return sizeBytes;
}
