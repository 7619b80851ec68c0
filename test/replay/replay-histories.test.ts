import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundleWorkflows } from '../setup/workflow-bundle.js';

/** `<version>/<name>.json`, recorded by `npx vitest run --mode record`. */
const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));
const RECORDED = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort();

/** What every version's recording must cover … */
const SCENARIOS = [
  'continued-first-run',
  'continued-last-run',
  'failed',
  'large-with-a-retry',
  'small-hashed',
  'small-read-twice',
  'superseded',
];

/** … and what those after 0.1.0 must cover as well. */
const LATER_SCENARIOS = ['lost-twice', 'not-served'];

let code: string;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF' } }, // the incompatible histories make it complain
  });
  code = await bundleWorkflows();
}, 120_000);

function readHistory(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

async function replay(history: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: { code } }, JSON.parse(history));
}

describe('the workflows as they are now', () => {
  test.for(RECORDED)('go on with a job of %s where it stood', async (file) => {
    const history = readHistory(file);

    await expect(replay(history)).resolves.toBeUndefined();
  });

  test('are tried on every kind of history, of every version that was recorded', () => {
    const versions = [...new Set(RECORDED.map((file) => file.split(/[/\\]/)[0] ?? ''))];

    expect(versions).toContain('0.1.0');
    for (const version of versions) {
      const wanted = version === '0.1.0' ? SCENARIOS : [...SCENARIOS, ...LATER_SCENARIOS].sort();
      expect(readdirSync(join(FOLDER, version)).sort()).toEqual(wanted.map((name) => `${name}.json`));
    }
  });
});

describe('a replay', () => {
  test.for([
    { what: 'began with another activity', file: 'small-hashed', from: 'hashSmallObject', to: 'hashWhole' },
    {
      what: 'ended with another activity',
      file: 'large-with-a-retry',
      from: 'publishDigests',
      to: 'publish',
    },
  ])('fails on the history of a workflow that $what', async ({ file, from, to }) => {
    const history = readHistory(RECORDED.find((recorded) => recorded.endsWith(`${file}.json`)) ?? '');

    const incompatible = history.replaceAll(`"${from}"`, `"${to}"`);

    expect(incompatible).not.toBe(history);
    await expect(replay(incompatible)).rejects.toThrow(DeterminismViolationError);
  });
});
