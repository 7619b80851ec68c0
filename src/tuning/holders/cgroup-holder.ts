import { Confinement } from '../../local/process/confinement.js';
import { limitsOf } from '../class-limits.js';
import type { ClassLimits, Holder } from './holder.js';

/** Control groups that are made here: they take root, or a tree that is delegated to the user. */
export const cgroupHolder: Holder = {
  name: 'cgroup',
  runsAnyProgram: true,
  async whyNot() {
    if (await Confinement.isPossible()) return undefined;
    return 'they take root, or a tree that is delegated to this user';
  },
  hold(name, memoryMB) {
    return Promise.resolve(limitsIn(Confinement.create(name, limitsOf(memoryMB))));
  },
};

function limitsIn(confinement: Confinement): ClassLimits {
  // A group that a killed run left behind has counted before.
  const killsBefore = confinement.usage().oomKills;
  return {
    wrap({ command, args, env }) {
      const [first = command, ...rest] = [...confinement.prefix, command, ...args];
      return { command: first, args: rest, env };
    },
    resetPeak() {
      try {
        confinement.resetPeak();
      } catch {
        // Version 2 before Linux 6.12.
      }
      return Promise.resolve();
    },
    usage: () => Promise.resolve(confinement.usage()),
    wasKilled: () => Promise.resolve(confinement.usage().oomKills > killsBefore),
    remove: () => confinement.remove(),
  };
}
