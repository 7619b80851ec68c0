import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadsMatch, type UploadedRow } from '../../src/demo/demo-uploads.js';
import { midstate } from '../setup/midstate-cli.js';
import { PipelineStage } from '../setup/pipeline-stage.js';

let stage: PipelineStage;

beforeAll(async () => {
  stage = await PipelineStage.open();
});

afterAll(() => stage.close());

test('the demo on a stack that runs uploads its four objects there, and compares the digests of its jobs', async () => {
  const { code, stdout, stderr } = await midstate([
    'demo',
    '--running',
    '--quick',
    '--json',
    '--bucket',
    stage.bucket,
  ]);
  const { rows } = JSON.parse(stdout) as { rows: UploadedRow[] };

  expect(code, stderr).toBe(0);
  expect(rows.map(({ sizeBytes, memoryClassMB }) => [sizeBytes, memoryClassMB])).toEqual([
    [2e6, 256],
    [1e7, 256],
    [2e7, 256],
    [1e8, 512],
  ]);
  expect(uploadsMatch(rows)).toBe(true);
  for (const { key, digest } of rows) expect((await stage.resultOf(key)).digests).toEqual({ sha1: digest });
});
