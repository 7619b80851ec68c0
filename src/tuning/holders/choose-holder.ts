import { MidstateError } from '../../core/failures.js';
import { HOLDER_NAMES, type Holder, type HolderName } from './holder.js';

const TITLES: Readonly<Record<HolderName, string>> = {
  cgroup: 'control groups',
  'systemd-run': 'systemd-run',
  docker: 'docker',
};

/**
 * The first of the holders, in their order, that can be used here; or that which is asked for.
 * @throws MidstateError AccessDenied that says of each why it cannot
 */
export async function chooseHolder(
  holders: readonly Holder[],
  wanted: HolderName | undefined,
): Promise<Holder> {
  const reasons: string[] = [];
  for (const name of HOLDER_NAMES) {
    const holder = holders.find((one) => one.name === name);
    if (holder === undefined || (wanted !== undefined && name !== wanted)) continue;
    const reason = await holder.whyNot();
    if (reason === undefined) return holder;
    reasons.push(`${TITLES[name]}: ${reason}`);
  }
  const what = wanted === undefined ? 'nothing here can' : `${wanted} cannot`;
  throw new MidstateError(
    'AccessDenied',
    `tune: ${what} hold a worker to its memory class: ${reasons.join('; ')}; --unconfined measures without limits`,
  );
}
