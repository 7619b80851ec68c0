import type { ClassLimits, Holder } from './holder.js';

const NO_LIMITS: ClassLimits = {
  wrap: (command) => command,
  resetPeak: () => Promise.resolve(),
  usage: () => Promise.resolve(undefined),
  wasKilled: () => Promise.resolve(false),
  remove: () => Promise.resolve(),
};

/** Processes run without limits: their classes are names only. */
export const noHolder: Holder = {
  name: 'none',
  runsAnyProgram: true,
  whyNot: () => Promise.resolve(undefined),
  hold: () => Promise.resolve(NO_LIMITS),
};
