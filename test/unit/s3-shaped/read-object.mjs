// Reads an object through the built reader, chunk after chunk, and prints what came of it: for what only a process of
// its own can show, such as authorities that Node loads when it starts.
import { createHash } from 'node:crypto';
import { loadConfig } from '../../../dist/src/config.js';
import { createS3Client } from '../../../dist/src/storage/aws-clients.js';
import { createS3RangeReader } from '../../../dist/src/storage/s3-range-reader.js';

const { object, chunkBytes } = JSON.parse(process.argv[2]);
const client = createS3Client({ ...loadConfig().aws, idleTimeoutMs: 2_000, connections: 2 });
const reader = createS3RangeReader(client, { idleTimeoutMs: 2_000, maxFaults: 2, backoffMs: 1 });
const hash = createHash('sha256');
const { signal } = new AbortController();
let failure;
try {
  for (let startByte = 0; startByte < object.sizeBytes; startByte += chunkBytes) {
    const endByteExclusive = Math.min(startByte + chunkBytes, object.sizeBytes);
    await reader.read({ object, startByte, endByteExclusive, signal }, (bytes) => hash.update(bytes));
  }
} catch (error) {
  failure = { name: error.failure, message: error.message };
}
client.destroy();
console.log(JSON.stringify({ sha256: hash.digest('hex'), failure }));
