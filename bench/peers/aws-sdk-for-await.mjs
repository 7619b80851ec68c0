// The plain script with the AWS SDK for JavaScript: one ranged GET after another, `for await` over the body.
// usage: node aws-sdk-for-await.mjs BUCKET KEY ALGORITHM RANGE_BYTES
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [Bucket, Key, algorithm, rangeBytesText] = process.argv.slice(2);
const rangeBytes = Number(rangeBytesText);

const s3 = new S3Client({ forcePathStyle: true });
const hash = algorithm === 'crc32' ? createCrc32() : createHash(algorithm);
const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
for (let start = 0; start < ContentLength; start += rangeBytes) {
  const last = Math.min(start + rangeBytes, ContentLength) - 1;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${start}-${last}` }));
  for await (const chunk of Body) hash.update(chunk);
}
console.log(hash.digest('hex'));

function createCrc32() {
  let value = 0;
  return {
    update: (chunk) => (value = crc32(chunk, value)),
    digest: () => value.toString(16).padStart(8, '0'),
  };
}
