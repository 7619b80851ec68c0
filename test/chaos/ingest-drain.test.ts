import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnStack, type OwnStack } from '../setup/own-stack.js';
import { userEnvironment } from '../setup/midstate-cli.js';
import { runDrain } from './drain/run-drain.js';
import { theStack } from '../setup/the-stack.js';

/** `node scripts/ingest-drain.mjs` sets these; without them a small drain runs. */
const setting = (name: string, fallback: number) => Number(process.env[`MIDSTATE_DRAIN_${name}`] ?? fallback);
const MESSAGES = setting('MESSAGES', 300);
const KILLS = setting('KILLS', 3);
const RESTARTS = setting('RESTARTS', 1);
const REPORT = process.env['MIDSTATE_DRAIN_REPORT'];

/** What a poller may take at most, whatever the length of the queue. */
const MEMORY_LIMIT_MB = 120;

let own: OwnStack;

beforeAll(async () => {
  own = await startOwnStack();
});

afterAll(() => own.stop());

test(
  'a queue is drained by a poller that is killed at random while Temporal is: every version started once, all poison given up',
  { timeout: 180_000 + MESSAGES * 200 },
  async () => {
    const isFull = REPORT !== undefined;
    const { figures, plan, jobs, deadLetters, leftInQueue } = await runDrain({
      stack: own.stack,
      env: userEnvironment({ MIDSTATE_TASK_QUEUE_PREFIX: 'drain' }, own.stack.env),
      scratchDir: theStack().scratchDir,
      messages: MESSAGES,
      kills: KILLS,
      restarts: RESTARTS,
      report: (line) => isFull && process.stderr.write(`${line}\n`),
    });
    if (REPORT !== undefined) writeFileSync(REPORT, JSON.stringify(figures));

    const lost = plan.keys.filter((key) => !jobs.has(key));
    const twice = plan.keys.filter((key) => (jobs.get(key) ?? 0) > 1);
    expect({ lost, twice, jobs: jobs.size }).toEqual({ lost: [], twice: [], jobs: plan.keys.length });
    expect(new Set(deadLetters.map(({ body }) => body))).toEqual(new Set(plan.poison));
    expect(deadLetters.every(({ reason }) => reason !== undefined)).toBe(true);
    expect(leftInQueue).toBe(0);
    expect(figures.peakMemoryMB).toBeLessThan(MEMORY_LIMIT_MB);
  },
);
