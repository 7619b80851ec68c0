import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import type { HashObjectInput } from '../../src/core/contracts.js';
import { bundleWorkflows } from '../setup/workflow-bundle.js';

/** `<version>/<name>.json`, recorded by `npx vitest run --mode record`. */
const FOLDER = fileURLToPath(new URL('./histories/', import.meta.url));
const RECORDED = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .sort();

/** What the recording of every version must cover, */
const SCENARIOS = [
  'cancelled',
  'continued-first-run',
  'continued-last-run',
  'failed',
  'large-with-a-retry',
  'small-hashed',
  'small-read-twice',
  'superseded',
];

/** and of every one since 0.2.0. */
const SCENARIOS_SINCE_0_2_0 = [
  'backfill-cancelled',
  'backfill-first-run',
  'backfill-last-run',
  'given-up',
  'lost-twice',
  'not-served',
  'operated',
  'parallel-first-run',
  'parallel-last-run',
  'parts-proved',
  'replay-first-run',
  'replay-last-run',
  'replayed',
  'restored',
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

/** The little of a history that is changed here. */
interface History {
  readonly events: readonly [
    {
      readonly workflowExecutionStartedEventAttributes?: {
        readonly input: { readonly payloads: readonly { data: string }[] };
      };
    },
  ];
}

function toPayload(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
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

    expect(versions).not.toEqual([]);
    for (const version of versions) {
      const expected = version === '0.1.0' ? SCENARIOS : [...SCENARIOS, ...SCENARIOS_SINCE_0_2_0].sort();
      expect(readdirSync(join(FOLDER, version)).sort()).toEqual(expected.map((name) => `${name}.json`));
    }
  });

  test('go on in sequence with a job of 0.1.0 whose ranges would be hashed at once today', async () => {
    const history = JSON.parse(readHistory('0.1.0/large-with-a-retry.json')) as History;
    const started = history.events[0].workflowExecutionStartedEventAttributes;
    const [payload] = started?.input.payloads ?? [];
    const input = JSON.parse(Buffer.from(payload?.data ?? '', 'base64').toString()) as HashObjectInput;
    expect(input.algorithms).toEqual(['sha1']);

    if (payload !== undefined) payload.data = toPayload({ ...input, algorithms: ['crc64nvme'] });

    await expect(replay(JSON.stringify(history))).resolves.toBeUndefined();
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
