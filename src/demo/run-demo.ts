import { rm } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import type { Config } from '../config.js';
import { SEARCH_ATTRIBUTES } from '../core/search-attributes.js';
import { startLocalStack } from '../local/local-stack.js';
import { startPipeline } from '../local/pipeline.js';
import type { LocalStack } from '../local/stack-options.js';
import { connectClient } from '../temporal/temporal-connection.js';
import { planDemo, type DemoPlan } from './demo-objects.js';
import type { DemoReport, DemoRow } from './demo-report.js';
import type { KillReport } from './kill-worker.js';
import { createProgressBars } from './progress-bars.js';
import { requireDiskSpace } from './require-disk-space.js';
import { BUCKET, CLASSES, runKilledObject, runObject, type Stage } from './run-object.js';

export interface DemoOptions {
  readonly config: Config;
  readonly quick: boolean;
  readonly dataDir: string;
  readonly report: (line: string) => void;
  /** Where progress is drawn. */
  readonly output: NodeJS.WriteStream;
  /** Awaited with everything still running, once the report is there. */
  readonly whileRunning: (report: DemoReport, stack: LocalStack) => Promise<void>;
  readonly stop: AbortSignal;
}

/**
 * Uploads real objects into a stack of real servers, one after another; kills the worker in the middle of the last;
 * compares every digest with an independent one.
 * @throws MidstateError when the disk is too small, or when a server or a job fails
 */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const startedAt = Date.now();
  const plan = planDemo(options.quick, `demo-${String(startedAt)}`);
  await requireDiskSpace(options.dataDir, neededBytes(plan));
  const { config, dataDir, report } = options;
  const { lossBoundSeconds } = config;
  const stack = await startLocalStack({
    env: config.env,
    cacheDir: config.cacheDir,
    dataDir,
    ports: 'free',
    bucket: BUCKET,
    searchAttributes: SEARCH_ATTRIBUTES,
    report,
    signal: options.stop,
  });
  try {
    report(`Temporal Web UI: ${stack.urls.temporalUi}`);
    const bars = createProgressBars(plan.objects, options.output);
    const pipeline = startPipeline({
      env: demoEnvironment(options, plan, stack),
      dataDir,
      memoryClassesMB: CLASSES,
      report: (line) => {
        bars.say(line);
      },
    });
    let client: Client | undefined;
    try {
      client = await connectClient({ env: stack.env });
      const { rows, kill } = await runObjects({
        plan,
        stack,
        pipeline,
        client,
        bars,
        lossBoundSeconds,
        stop: options.stop,
      });
      bars.stop();
      const totalSeconds = (Date.now() - startedAt) / 1_000;
      const done = { rows, kill, lossBoundSeconds, totalSeconds };
      await options.whileRunning(done, stack);
      return done;
    } finally {
      bars.stop();
      await client?.connection.close();
      await pipeline.stop();
    }
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The objects, once more the largest (a server may assemble the parts of an upload), and room for logs. */
function neededBytes({ objects }: DemoPlan): number {
  const sizes = objects.map(({ sizeBytes }) => sizeBytes);
  return sizes.reduce((sum, size) => sum + size, 0) + Math.max(...sizes) + 200_000_000;
}

function demoEnvironment(
  { config }: DemoOptions,
  plan: DemoPlan,
  stack: LocalStack,
): Record<string, string | undefined> {
  return {
    ...config.env,
    ...stack.env,
    MIDSTATE_ALGORITHMS: 'sha1',
    MIDSTATE_MEMORY_CLASSES: CLASSES.join(','),
    MIDSTATE_RANGE_SIZE_BYTES: String(plan.rangeSizeBytes),
    MIDSTATE_LOSS_BOUND_SECONDS: String(config.lossBoundSeconds),
  };
}

async function runObjects(stage: Stage): Promise<{ rows: DemoRow[]; kill: KillReport }> {
  const rows: DemoRow[] = [];
  const last = stage.plan.objects.length - 1;
  for (const index of stage.plan.objects.keys()) {
    if (index < last) rows.push(await runObject(stage, index));
  }
  const { row, kill } = await runKilledObject(stage, last);
  return { rows: [...rows, row], kill };
}
