import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localCacheDir } from '../../src/local/local-environment.js';
import { Confinement } from '../../src/local/process/confinement.js';
import type { Run } from '../../src/tuning/state-file.js';
import type { TuneResult } from '../../src/tuning/tune-result.js';
import { eventually } from '../setup/eventually.js';
import { midstate, userEnvironment } from '../setup/midstate-cli.js';
import { connectStack, ensureBucket, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));
const BUCKET = 'tuned';
const RUNS = 4;

describe('midstate tune', () => {
  let folder: string;
  let clients: StackClients;

  beforeAll(async () => {
    folder = await mkdtemp(join(theStack().scratchDir, 'tune-'));
    clients = await connectStack(theStack().urls);
    await ensureBucket(clients.s3, BUCKET);
  });

  afterAll(async () => {
    await clients.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('killed in the middle goes on where it was, and cleans up', { timeout: 120_000 }, async () => {
    const state = join(folder, 'runs.jsonl');
    const table = join(folder, 'class-table.json');
    const held = (await Confinement.isPossible()) ? [] : ['--unconfined'];
    const args = [
      ...[
        'tune',
        '--bucket',
        BUCKET,
        '--classes',
        '2048',
        '--chunks',
        '20',
        '--objects',
        '1',
        '--runs',
        String(RUNS),
      ],
      ...[
        '--no-python',
        '--data-dir',
        join(folder, 'data'),
        '--state',
        state,
        '--apply',
        table,
        '--json',
        ...held,
      ],
    ];
    const runs = () =>
      (existsSync(state) ? readFileSync(state, 'utf8').trim().split('\n') : [])
        .map((line) => JSON.parse(line) as Run)
        .filter((line) => 'round' in line);

    const first = spawn(MIDSTATE, args, { env: userEnvironment(), stdio: 'ignore' });
    await eventually(() => runs().length >= 2, { what: 'two runs', timeoutMs: 60_000 });
    first.kill('SIGKILL');
    await once(first, 'exit');
    const before = runs();
    const { code, stdout, stderr } = await midstate(args);

    expect(code, stderr).toBe(0);
    expect(before.length).toBeLessThan(RUNS);
    expect(runs().slice(0, before.length)).toEqual(before);
    expect(
      runs()
        .map(({ round }) => round)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: RUNS }, (_, index) => index + 1));
    const { cells } = JSON.parse(stdout) as TuneResult;
    expect(cells).toHaveLength(1);
    expect(cells[0]?.failures).toEqual([]);
    expect(cells[0]?.megabytesPerSecond?.median).toBeGreaterThan(0);
    expect(JSON.parse(await readFile(table, 'utf8'))).toMatchObject({ 2048: { chunkSizeBytes: 20_000_000 } });
  });

  test('makes servers and objects of its own where none are named', { timeout: 120_000 }, async () => {
    const held = (await Confinement.isPossible()) ? [] : ['--unconfined'];
    const args = ['tune', '--classes', '2048', '--chunks', '20', '--objects', '1', '--runs', '1'];
    const data = join(folder, 'own-servers');
    const { code, stdout, stderr } = await midstate(
      [...args, '--no-python', '--data-dir', data, '--json', ...held],
      {
        env: {
          TEMPORAL_ADDRESS: undefined,
          AWS_ENDPOINT_URL_S3: undefined,
          MIDSTATE_CACHE_DIR: localCacheDir(process.env),
        },
      },
    );

    expect(code, stderr).toBe(0);
    const { cells, conditions } = JSON.parse(stdout) as TuneResult;
    expect(conditions.store).toContain('embedded');
    expect(cells.map(({ failures }) => failures)).toEqual([[]]);
  });
});
