import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/create-program.js';
import { runProgram } from '../../src/cli/run-program.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'midstate-plan-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `midstate plan` in this process: it needs no server. */
async function plan(...args: string[]) {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
  }
  const words = ['plan', ...args];
  const code = await runProgram(await createProgram(words), ['node', 'midstate', ...words]);
  vi.restoreAllMocks();
  return { code, ...written };
}

describe('midstate plan', () => {
  test('prints the seed’s plan as JSON', async () => {
    const { code, stdout } = await plan('--preset', 'seed', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ perMinute: [30, 390, 750], total: 1_170 });
  });

  test('draws charts, lays alternatives beside, and writes a page', async () => {
    const page = join(folder, 'plan.html');
    const { code, stdout } = await plan(
      ...['--burst', '10,000 x 1 GB', '--scaling', 'lambda', '--memory-class', '512'],
      ...['--compare', 'fixed workers=50', '--compare', 'keda max-workers=60', '--html', page],
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(/objects done a minute \(minutes\)\n.*▲/);
    expect(stdout).toMatch(/bottleneck +scaling up of the 512 MB class/);
    expect(stdout).toMatch(/keda max-workers=60 │ 60 /);
    expect(await readFile(page, 'utf8')).toContain('<svg');
  });

  test('names the smallest fleet and the cheapest for a target', async () => {
    const { stdout } = await plan('--target', '10,000 x 1 GB in 1h');

    expect(stdout).toContain('smallest: 70 workers of the 256 MB class');
    expect(stdout).toContain('cheapest: 40 workers of the 512 MB class');
  });

  test('reads arrivals from a file, and names the line at fault', async () => {
    const [good, bad] = [join(folder, 'good.csv'), join(folder, 'bad.csv')];
    await writeFile(good, 'time,size,count\n0,1 GB,3\n30,10 MB\n');
    await writeFile(bad, '0,1 GB\n\nlater,1 GB\n');

    const [planned, refused] = [await plan('--csv', good, '--json'), await plan('--csv', bad)];

    expect(JSON.parse(planned.stdout)).toMatchObject({ objects: 4, total: 4, bytes: 3_010_000_000 });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('bad.csv, line 3: time: expected seconds or a date');
  });

  test.each([
    [[], 'expected one of --burst, --rate, --csv'],
    [['--burst', '1 x 1 GB', '--rate', '1/s for 1h'], 'expected one of --burst'],
    [['--preset', 'leek'], 'preset: expected seed'],
    [['--rate', '1/s for 1h'], '--sizes'],
  ])('%j is refused with what was expected', async (args, message) => {
    const { code, stderr } = await plan(...args);

    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('says that a file is not there', async () => {
    const { code, stderr } = await plan('--csv', join(folder, 'none.csv'));

    expect(code).toBe(1);
    expect(stderr).toContain('none.csv: there is no such file');
  });
});
