import type { z } from 'zod';
import { refused } from './message-contents.js';
import type { MidstateError } from '../../core/failures.js';

/** Faults in one line, each with the path to where it is: `Records[1].s3.object.key: expected string`. */
export function faultsIn(error: z.ZodError, where = ''): string {
  const faults = error.issues.map(({ path, message }) => {
    const steps = path.map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`));
    const place = `${where}${steps.join('')}`.replace(/^\./, '');
    return place === '' ? message : `${place}: ${message}`;
  });
  return faults.join('; ').replace(/\s+/g, ' ');
}

/** The refusal of one record, with every fault in it. */
export function badRecord(error: z.ZodError, where: string): MidstateError {
  return refused('bad-record', faultsIn(error, where));
}
