import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localCacheDir } from '../../src/local/local-environment.js';
import type { DemoReport } from '../../src/demo/demo-report.js';
import { midstate } from '../setup/midstate-cli.js';
import { theStack } from '../setup/the-stack.js';

test('the quick demo hashes its four objects, survives the kill of its worker, and ends with 0', async () => {
  const dataDir = join(theStack().scratchDir, 'demo');

  const { code, stdout, stderr } = await midstate(['demo', '--quick', '--json', '--data-dir', dataDir], {
    env: { MIDSTATE_CACHE_DIR: localCacheDir(process.env) },
  });
  const { rows, kill } = JSON.parse(stdout) as DemoReport;

  expect(code, stderr).toBe(0);
  expect(rows.map(({ sizeBytes }) => sizeBytes)).toEqual([2e6, 1e7, 2e7, 1e8]);
  expect(rows.map(({ digest }) => digest)).toEqual(rows.map(({ independentDigest }) => independentDigest));
  expect(kill.readByKilledWorker).toBeGreaterThanOrEqual(45e6);
  expect(kill.checkpointAtByte).toBeGreaterThan(0);
  expect(rows[3]?.bytesReadTwice).toBeLessThanOrEqual(kill.readByKilledWorker - kill.checkpointAtByte);
});
