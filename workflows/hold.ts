import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { PAUSE_SIGNAL, RESUME_SIGNAL } from '../src/core/job-controls.js';

/** Whether an operator holds this workflow. */
export interface Hold {
  readonly isHeld: boolean;
  /** Resolves when it is let go; costs no history event of its own. */
  released(): Promise<void>;
}

/**
 * Lets the signals `pause` and `resume` hold the workflow and let it go.
 * @param wasHeld whether the run before was held
 * @param onChange told of each change, not of a signal that changes nothing
 */
export function createHold(wasHeld: boolean, onChange: (isHeld: boolean) => void): Hold {
  let isHeld = wasHeld;
  const change = (to: boolean) => {
    if (isHeld === to) return;
    isHeld = to;
    onChange(to);
  };
  setHandler(
    defineSignal(PAUSE_SIGNAL),
    () => {
      change(true);
    },
    { description: 'Begin nothing more until `resume`.' },
  );
  setHandler(
    defineSignal(RESUME_SIGNAL),
    () => {
      change(false);
    },
    { description: 'Go on where `pause` held it.' },
  );
  return {
    get isHeld() {
      return isHeld;
    },
    released: () => condition(() => !isHeld),
  };
}
