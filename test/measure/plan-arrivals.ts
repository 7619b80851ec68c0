/**
 * Simulates 10 million arrivals in processes of their own and prints time and peak memory. Not a test: it fails only
 * beyond 10 s of CPU or 300 MB.
 *
 *     npx vitest run --mode measure test/measure/plan-arrivals.ts
 *
 * Needs `npm run build` before, and no server.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { expect, test } from 'vitest';

const MIDSTATE = fileURLToPath(new URL('../../bin/midstate', import.meta.url));

/** The kernel's high-water mark of the process, written at its end. */
const TELL_PEAK = `
  import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    const [, kilobytes] = /VmHWM:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'));
    const { user, system } = process.cpuUsage();
    process.stderr.write('peak ' + kilobytes + ' cpu ' + (user + system));
  });`;

const PLANS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['a burst, one size', '--burst', '10,000,000 x 1 MB', '--workers', '500', '--memory-class', '512'],
  ['a burst, routed', '--burst', '10,000,000', '--sizes', '90% 1 MB, 10% 200 MB', '--scaling', 'lambda'],
  [
    'a rate at random',
    '--rate',
    '1000/s for 10000s',
    '--sizes',
    '1 MB',
    '--random',
    '1',
    '--scaling',
    'keda',
    '--max-workers',
    '400',
  ],
];

test('10 million arrivals', { timeout: 300_000 }, () => {
  const table = new Table({
    head: ['plan', 'seconds', 'CPU-seconds', 'peak memory'],
    style: { head: [], border: [] },
  });
  for (const [name, ...args] of PLANS) {
    const startedAt = performance.now();
    const { stderr, status } = spawnSync(MIDSTATE, ['plan', ...args, '--json'], {
      env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL_PEAK)}` },
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const peakMB = (Number(/peak (\d+)/.exec(stderr)?.[1]) * 1_024) / 1e6;
    const cpuSeconds = Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1e6;
    table.push([name, seconds.toFixed(1), cpuSeconds.toFixed(1), `${peakMB.toFixed(0)} MB`]);
    expect(status, stderr).toBe(0);
    expect(cpuSeconds).toBeLessThan(10);
    expect(peakMB).toBeLessThan(300);
  }
  process.stdout.write(`${table.toString()}\n`);
});
