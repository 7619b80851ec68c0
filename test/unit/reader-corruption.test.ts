import { expect, test } from 'vitest';
import { proveDigests } from '../../src/core/proof.js';
import { portableEngine } from '../../src/hashing/index.js';
import { digestsOf, oneShot } from './hashing-engines.js';
import { flipBitAt, type Place } from './s3-shaped/body-faults.js';
import {
  boundsOf,
  CHUNK_COUNT,
  rangesWith,
  stageOfEachTest,
  type ReadingStage,
} from './s3-shaped/reading-stage.js';

let stage: ReadingStage;

stageOfEachTest((opened) => {
  stage = opened;
});

const CHUNKS = { first: 0, middle: 2, last: CHUNK_COUNT - 1 };
const PLACES: readonly (readonly [string, Place])[] = [
  ['first', () => 0],
  ['middle', (length) => length >> 1],
  ['last', (length) => length - 1],
];
const CASES = Object.entries(CHUNKS).flatMap(([chunkName, chunk]) =>
  PLACES.map(([placeName, place]) => ({ chunkName, chunk, placeName, place })),
);

test.each(CASES)(
  'a bit that flips in the $placeName byte of the $chunkName chunk is delivered as it came, and the proof fails',
  async ({ chunk, place }) => {
    const { server, readChunks } = stage;
    const [startByte, endByteExclusive] = boundsOf(chunk);
    const flipped = startByte + place(endByteExclusive - startByte);

    const { bytes, failure } = await readChunks((index) => {
      if (index === chunk) server.next(flipBitAt(place));
    });

    expect(failure).toBeUndefined();
    expect(server.rangesSeen).toEqual(rangesWith(() => [0]));
    const sent = Buffer.from(server.bytes);
    sent.writeUInt8(sent.readUInt8(flipped) ^ 1, flipped);
    expect(bytes.equals(sent)).toBe(true);

    const digests = await digestsOf(portableEngine, ['sha1', 'crc64nvme'], [bytes]);
    const value = await oneShot('crc64nvme', server.bytes);
    const held = { algorithm: 'crc64nvme', type: 'FULL_OBJECT', value } as const;
    const description = {
      object: server.object,
      storageClass: 'STANDARD',
      storedChecksums: [held],
      isSidecar: false,
    };
    expect(() => proveDigests(digests, description)).toThrow(
      expect.objectContaining({
        failure: 'CorruptRead',
        facts: { expected: value, actual: digests.crc64nvme },
      }),
    );
  },
);
