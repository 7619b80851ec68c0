import { expect, test } from 'vitest';
import { stageOfEachTest, type ReadingStage } from './s3-shaped/reading-stage.js';

let stage: ReadingStage;

stageOfEachTest((opened) => {
  stage = opened;
});

test.each([
  ['../../x', '/../../x'],
  ['a/./b//c', '/a/./b//c'],
  ['%00', '/%2500'],
  ['\u202egpj.exe', '/%E2%80%AEgpj.exe'],
  ['a?versionId=b#c', '/a%3FversionId%3Db%23c'],
])('the key %j is asked for as it is: it is no path and no query', async (key, path) => {
  const { reader, server } = stage;
  const object = { ...server.object, key };
  const { signal } = new AbortController();
  const pieces: Buffer[] = [];

  await reader.read({ object, startByte: 0, endByteExclusive: 640, signal }, (bytes) => {
    pieces.push(Buffer.from(bytes));
  });

  expect(server.targets.map((asked) => asked.split('?')[0])).toEqual([`/${object.bucket}${path}`]);
  expect(Buffer.concat(pieces).equals(server.bytes.subarray(0, 640))).toBe(true);
});
