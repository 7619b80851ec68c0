import { trace } from '@opentelemetry/api';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { objectOfArgument } from '../log-activities.js';
import { objectAttributes } from './traced-store.js';

/** Says in an activity's span, which Temporal's plugin opens, which object it is about and which attempt it is. */
export function traceObjects(): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        trace.getActiveSpan()?.setAttributes({
          ...objectAttributes(objectOfArgument(input.args[0])),
          'midstate.attempt': info.attempt,
        });
        return next(input);
      },
    },
  });
}
