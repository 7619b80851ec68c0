import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import { killProcess } from '../../src/demo/kill-worker.js';
import type { Fault, KillTarget } from '../faults.js';
import type { ReadAccount } from '../read-account.js';
import { findVictims, secondsUntilJobEnded, secondsUntilTakenUp } from '../recovery.js';
import type { RunLog } from '../run-log.js';
import type { ChaosStage } from '../stage/chaos-stage.js';
import { untilTrue } from '../stage/until-true.js';

const RESTART_TIMEOUT_MS = 60_000;

/** Kills a process, lets it be started again, and measures how long the work stood still. */
export async function kill(
  stage: ChaosStage,
  account: ReadAccount,
  log: RunLog,
  { target, seconds }: Extract<Fault, { kind: 'kill' }>,
): Promise<void> {
  if (target === 'temporal' || target === 's3') await killServer(stage, account, log, target, seconds);
  else await killOwn(stage, account, log, target);
}

async function killServer(
  { stack, temporal, bucket }: ChaosStage,
  account: ReadAccount,
  log: RunLog,
  server: 'temporal' | 's3',
  seconds: number,
): Promise<void> {
  const goneAtMs = Date.now();
  await stack.killServer(server);
  log.processKilled(`kill ${server}`);
  await delay(seconds * 1_000);
  await stack.restartServer(server);
  const backAtMs = Date.now();
  if (server === 'temporal') {
    account.allowOutage('kill temporal', goneAtMs, backAtMs);
    log.recovered('Temporal back', await secondsUntilJobEnded(temporal, bucket, backAtMs));
    return;
  }
  const hasRead = () => account.firstReadAfter(backAtMs) !== undefined;
  await untilTrue('a read after S3 came back', RESTART_TIMEOUT_MS, hasRead).catch(() => undefined);
  log.recovered('S3 back', ((account.firstReadAfter(backAtMs) ?? Infinity) - backAtMs) / 1_000);
}

async function killOwn(
  stage: ChaosStage,
  account: ReadAccount,
  log: RunLog,
  target: Exclude<KillTarget, 'temporal' | 's3'>,
): Promise<void> {
  const { processes, temporal, bucket } = stage;
  const process = processes.get(target);
  await untilTrue(`${target} runs`, RESTART_TIMEOUT_MS, () => process.pid !== undefined);
  const reads = processes.readsOf(target);
  const victims =
    reads === undefined || process.pid === undefined ? [] : await findVictims(temporal, bucket, process.pid);
  await killProcess(process, () => {
    log.processKilled(`kill ${target}`);
  });
  const killedAtMs = Date.now();
  if (reads !== undefined) account.allow('kill worker', reads.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS));
  await untilTrue(`${target} runs again`, RESTART_TIMEOUT_MS, () => process.pid !== undefined);
  if (victims.length > 0) {
    log.recovered('worker killed', await secondsUntilTakenUp(temporal, victims, killedAtMs), victims.length);
  }
}
