import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.js';
import { checksumLine } from '../core/checksum-line.js';
import { MidstateError, printable } from '../core/failures.js';
import { isS3Uri } from '../core/s3-uri.js';
import { selectEngine } from '../hashing/index.js';
import { hashStoredObject } from './hash-stored-object.js';
import { noteFallback, printJson } from './output.js';
import { addProofOptions, proofPolicy, type ProofOptions } from './proof-options.js';

interface HashOptions extends ProofOptions {
  readonly algorithms?: string;
  readonly chunkSizeBytes?: string;
  readonly connections?: string;
  readonly json?: boolean;
}

export function addHashCommand(program: Command): void {
  const command = program
    .command('hash')
    .description('hash an object, a file or standard input here and now, without Temporal')
    .argument('<source>', 's3://bucket/key, a file, or - for standard input')
    .option(
      '--algorithms <list>',
      'digests to compute, e.g. sha1,sha256 (default: MIDSTATE_ALGORITHMS, else sha1)',
    )
    .option('--chunk-size-bytes <bytes>', 'bytes of one ranged GET, a multiple of 128')
    .option('--connections <n>', 'GETs of an object under way at once (default: as the 512 MB class)');
  addProofOptions(command, 'in the same read')
    .option('--json', 'print {source, sizeBytes, digests} as JSON; of an object also {proof, notes}')
    .addHelpText(
      'after',
      '\nAn object is compared with the checksum that S3 holds of it before anything is printed.\n' +
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
  const policy = proofPolicy(options);
  if (!isS3Uri(source) && Object.keys(policy).length > 0) {
    throw new MidstateError(
      'InvalidInput',
      'hash: --reuse-stored and --prove-parts: expected s3://bucket/key, for S3 holds nothing of other sources',
      { facts: { actual: source } },
    );
  }
  const { notes = [], ...result } = isS3Uri(source)
    ? await hashStoredObject(source, config, policy)
    : { notes: undefined, ...(await hashStream(source, config)) };
  if (options.json === true) {
    printJson({ source, ...result, ...(notes.length === 0 ? {} : { notes }) });
    return;
  }
  for (const note of notes) process.stderr.write(`midstate: ${printable(note)}\n`);
  for (const algorithm of config.algorithms) {
    process.stdout.write(checksumLine(result.digests[algorithm] ?? '', source));
  }
}

async function hashStream(source: string, { engine: prefer, algorithms }: Config) {
  const engine = await selectEngine({
    prefer,
    algorithms,
    threads: availableParallelism(),
    onFallback: noteFallback,
  });
  const hasher = await engine.createHasher(algorithms);
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
  return { sizeBytes, digests: hasher.digests() };
}
