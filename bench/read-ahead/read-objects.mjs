// The process that is measured: reads objects with the range reader, hashes them, prints one line of JSON.
// argv: a JSON object, see `parameters`.
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

const parameters = {
  bucket: 'bench',
  keys: ['object-0'],
  sizeBytes: 0, // read so much of each object; 0: all of it
  connections: 1,
  buffers: 0, // chunks read ahead into memory, for all objects together
  chunkSizeBytes: 20_000_000,
  algorithms: ['sha1'],
  ...JSON.parse(process.argv[2] ?? '{}'),
};

const dist = new URL('../../dist/src/', import.meta.url);
const { createS3Client } = await import(new URL('storage/aws-clients.js', dist));
const { createS3ObjectStore } = await import(new URL('storage/s3-object-store.js', dist));
const { createS3RangeReader, DEFAULT_READER_SETTINGS } = await import(
  new URL('storage/s3-range-reader.js', dist)
);
const { BufferPool } = await import(new URL('storage/read-ahead/buffer-pool.js', dist));
const { selectEngine } = await import(new URL('hashing/index.js', dist));
const { chunksOf } = await import(new URL('core/ranges.js', dist));

const { bucket, keys, connections, buffers, chunkSizeBytes, algorithms } = parameters;
const client = createS3Client({
  region: 'us-east-1',
  pathStyle: true,
  idleTimeoutMs: 30_000,
  connections: 16,
});
const store = createS3ObjectStore(client);
const reader = createS3RangeReader(client, {
  ...DEFAULT_READER_SETTINGS,
  connectionsPerObject: connections,
  pool: new BufferPool(chunkSizeBytes, buffers * chunkSizeBytes),
});
const engine = await selectEngine({ prefer: 'native', algorithms, onFallback: (why) => console.error(why) });
const { signal } = new AbortController();

/** Reads and hashes one object; resolves with its digest. */
async function hash({ object }, endByteExclusive) {
  const hasher = await engine.createHasher(algorithms);
  const range = { startByte: 0, endByteExclusive };
  const chunks = chunksOf(range, chunkSizeBytes, algorithms);
  await reader.readChunks({ object, chunks, signal }, { onBytes: (bytes) => hasher.update(bytes) });
  return hasher.digests()[algorithms[0]];
}

const descriptions = await Promise.all(keys.map((key) => store.describe({ bucket, key })));
const sizeOf = ({ object }) => Math.min(parameters.sizeBytes || Infinity, object.sizeBytes);
// Connections, credentials and code are warm before the clock starts, as in a worker.
await Promise.all(
  descriptions.map((description) => hash(description, Math.min(sizeOf(description), 1_000_000))),
);
await nextTurn();

const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
const digests = await Promise.all(descriptions.map((description) => hash(description, sizeOf(description))));
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
const megabytes = descriptions.reduce((sum, description) => sum + sizeOf(description), 0) / 1e6;
const peakRssMB = Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) / 1_000;
console.log(
  JSON.stringify({
    seconds,
    megabytesPerSecond: megabytes / seconds,
    cpuSecondsPerGB: (user + system) / 1e6 / (megabytes / 1_000),
    peakRssMB,
    digests,
  }),
);
client.destroy();
