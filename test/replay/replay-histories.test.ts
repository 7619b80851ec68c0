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

/** What every version's recording must cover. */
const SCENARIOS = [
  'continued-first-run',
  'continued-last-run',
  'failed',
  'large-with-a-retry',
  'small-hashed',
  'small-read-twice',
  'superseded',
];

const BUNDLES = ['plain', 'traced'] as const;

const codes = new Map<(typeof BUNDLES)[number], string>();

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF' } }, // the incompatible histories make it complain
  });
  for (const kind of BUNDLES) codes.set(kind, await bundleWorkflows(kind));
}, 120_000);

function readHistory(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

async function replay(history: string, kind: (typeof BUNDLES)[number] = 'plain'): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: { code: codes.get(kind) ?? '' } }, JSON.parse(history));
}

describe('the workflows as they are now', () => {
  test.for(RECORDED.flatMap((file) => BUNDLES.map((kind) => [file, kind] as const)))(
    'go on with a job of %s where it stood (%s)',
    async ([file, kind]) => {
      const history = readHistory(file);

      await expect(replay(history, kind)).resolves.toBeUndefined();
    },
  );

  test('are tried on every kind of history, of every version that was recorded', () => {
    const versions = [...new Set(RECORDED.map((file) => file.split(/[/\\]/)[0] ?? ''))];

    const names = versions.map((version) => readdirSync(join(FOLDER, version)).sort());

    expect(versions).not.toEqual([]);
    for (const recorded of names) expect(recorded).toEqual(SCENARIOS.map((name) => `${name}.json`));
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
