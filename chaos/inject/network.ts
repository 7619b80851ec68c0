import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, NetworkFault } from '../faults.js';
import type { ReadAccount } from '../read-account.js';
import type { RunLog } from '../run-log.js';
import type { NetworkState } from '../stage/bad-network.js';
import type { ChaosStage } from '../stage/chaos-stage.js';

/** A slow network has this part of its usual speed. */
const SLOW_PART = 0.05;

function harmOf(what: NetworkFault, bytesPerSecond: number): Partial<NetworkState> {
  switch (what) {
    case 'cut':
    case 'temporal-cut':
      return { connections: 'refused' };
    case 'reset':
      return { connections: 'reset' };
    case 'stalled':
      return { isStalled: true };
    case 'late':
      return { latencyMs: 1_500 };
    case 'slow':
      return { bytesPerSecond: bytesPerSecond * SLOW_PART };
  }
}

/** Does harm to the network for a while. */
export async function harmNetwork(
  { s3Network, temporalNetwork }: ChaosStage,
  account: ReadAccount,
  log: RunLog,
  bytesPerSecond: number,
  { what, seconds }: Extract<Fault, { kind: 'network' }>,
): Promise<void> {
  const isTemporal = what === 'temporal-cut';
  const network = isTemporal ? temporalNetwork : s3Network;
  const beganAtMs = Date.now();
  network.change(harmOf(what, bytesPerSecond));
  log.injected(`network ${what}`);
  await delay(seconds * 1_000);
  network.heal();
  if (isTemporal) account.allowOutage('network temporal-cut', beganAtMs, Date.now());
}
