import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ReplayProgress } from '../../core/replay-contracts.js';
import { replayLines } from '../../core/replay-details.js';
import { readReplay } from '../../temporal/read-replay.js';
import { EXIT } from '../exit-codes.js';
import { LiveLines } from '../live-lines.js';
import { printJson, printLine } from '../output.js';
import { stopOnSignal } from '../stop-on-signal.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Follows a replay to its end, or until Ctrl-C, which leaves it running. One that stopped, or jobs that failed again, set
 * the exit code.
 */
export async function waitForReplay(client: Client, workflowId: string, json: boolean): Promise<void> {
  const stop = stopOnSignal();
  const screen = new LiveLines();
  for (;;) {
    const { progress, isOver } = await readReplay(client, workflowId);
    if (isOver) {
      screen.clear();
      report(progress, json);
      return;
    }
    if (!json && progress !== undefined) screen.show(replayLines(progress));
    if (stop.aborted) return;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

function report(progress: ReplayProgress | undefined, json: boolean): void {
  if (json) printJson(progress ?? { state: 'cancelled' });
  else for (const line of progress === undefined ? ['cancelled'] : replayLines(progress)) printLine(line);
  const hasFailed = Object.keys(progress?.failedAgain ?? {}).length > 0;
  if (progress === undefined || progress.state === 'stopped' || hasFailed) process.exitCode = EXIT.failed;
}
