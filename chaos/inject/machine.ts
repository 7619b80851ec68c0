import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_LOSS_BOUND_SECONDS } from '../../src/core/loss-bound.js';
import type { Confinement } from '../../src/local/process/confinement.js';
import type { Fault } from '../faults.js';
import type { ReadAccount } from '../read-account.js';
import { findVictims, secondsUntilJobEnded, secondsUntilTakenUp } from '../recovery.js';
import type { RunLog } from '../run-log.js';
import { CONFINED_WORKER } from '../stage/processes.js';
import type { ChaosStage } from '../stage/chaos-stage.js';
import { untilTrue } from '../stage/until-true.js';

/** Ahead of S3's tolerance of 15 minutes, and back. */
const CLOCK_JUMP = '+20m';

const CONFINED_BYTES = 256_000_000;

/** The memory that counts as high, and a little more. */
const HIGH_PART = 0.9;

/** Does harm to the machine, where that can be had. */
export async function harmMachine(
  stage: ChaosStage,
  account: ReadAccount,
  log: RunLog,
  { what, seconds }: Extract<Fault, { kind: 'machine' }>,
): Promise<void> {
  const { confinement, disk, clock } = stage;
  if (stage.missing.has(what)) return;
  if (what === 'clock-jump') {
    clock?.set(CLOCK_JUMP);
    await delay(seconds * 1_000);
    clock?.set('+0');
    log.injected('machine clock-jump');
  } else if (what === 'disk-full') {
    if (disk !== undefined) await fillDisk(stage, disk, account, log, seconds);
  } else if (confinement !== undefined) {
    if (what === 'memory-high') await fillMemory(stage, confinement, log, seconds);
    else await runOutOfMemory(stage, confinement, account, log);
  }
}

async function fillDisk(
  { temporal, bucket, stack }: ChaosStage,
  disk: NonNullable<ChaosStage['disk']>,
  account: ReadAccount,
  log: RunLog,
  seconds: number,
): Promise<void> {
  const fullAtMs = Date.now();
  disk.fill();
  await delay(seconds * 1_000);
  disk.empty();
  log.injected('machine disk-full');
  // A server that ended of it is started again, as a supervisor would.
  if (!stack.processes.some(({ name }) => name === 'temporal')) await stack.restartServer('temporal');
  const backAtMs = Date.now();
  account.allowOutage('machine disk-full', fullAtMs, backAtMs);
  log.recovered('disk has room again', await secondsUntilJobEnded(temporal, bucket, backAtMs));
}

/** Counts once the worker has said that it takes no new work. */
async function fillMemory(
  { processes }: ChaosStage,
  confinement: Confinement,
  log: RunLog,
  seconds: number,
): Promise<void> {
  await untilTrue(`${CONFINED_WORKER} runs`, 60_000, () => processes.get(CONFINED_WORKER).pid !== undefined);
  const timesSaid = () =>
    readFileSync(processes.logOf(CONFINED_WORKER), 'utf8').split('memory is high').length;
  const before = timesSaid();
  const { workingSetBytes } = confinement.usage();
  const ballast = await addBallast(confinement, HIGH_PART * CONFINED_BYTES - workingSetBytes);
  await untilTrue('the worker sees its memory', 10_000, () => timesSaid() > before).finally(async () => {
    await delay(seconds * 1_000);
    ballast.remove();
  });
  log.injected('machine memory-high');
}

/** Fills the worker's control group until the kernel kills what is largest in it: the worker. */
async function runOutOfMemory(
  stage: ChaosStage,
  confinement: Confinement,
  account: ReadAccount,
  log: RunLog,
): Promise<void> {
  const { processes, temporal, bucket } = stage;
  const worker = processes.get(CONFINED_WORKER);
  await untilTrue(`${CONFINED_WORKER} runs`, 60_000, () => worker.pid !== undefined);
  const { pid = 0 } = worker;
  const victims = await findVictims(temporal, bucket, pid);
  const ballast = await addBallast(confinement, CONFINED_BYTES);
  const killedAtMs = Date.now();
  const isKilled = worker.pid !== pid;
  ballast.remove();
  if (!isKilled) return;
  log.processKilled('machine out-of-memory');
  const reads = processes.readsOf(CONFINED_WORKER);
  account.allow('kill worker', reads?.bytesInLast(DEFAULT_LOSS_BOUND_SECONDS) ?? 0);
  if (victims.length > 0) {
    log.recovered('worker killed', await secondsUntilTakenUp(temporal, victims, killedAtMs), victims.length);
  }
}

/** A file in memory, which counts in the group until it is removed. */
async function addBallast(confinement: Confinement, bytes: number): Promise<{ readonly remove: () => void }> {
  const file = `/dev/shm/midstate-chaos-ballast-${String(process.pid)}`;
  const [shell = '', ...words] = confinement.prefix;
  const fill = `exec head -c ${String(Math.max(0, Math.round(bytes)))} /dev/zero > ${file}`;
  const child = spawn(shell, [...words, '/bin/sh', '-c', fill], { stdio: 'ignore' });
  await once(child, 'exit');
  return {
    remove: () => {
      rmSync(file, { force: true });
    },
  };
}
