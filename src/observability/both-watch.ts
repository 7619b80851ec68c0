import { UNWATCHED, type MessageWatch } from '../ingest/poller/message-watch.js';

/** Two that look on, the first around the second; either may be missing. */
export function bothWatch(outer: MessageWatch = UNWATCHED, inner: MessageWatch = UNWATCHED): MessageWatch {
  return {
    handling: (message, handle) => outer.handling(message, () => inner.handling(message, handle)),
    dealtWith(outcome) {
      outer.dealtWith?.(outcome);
      inner.dealtWith?.(outcome);
    },
    ignored(event) {
      outer.ignored?.(event);
      inner.ignored?.(event);
    },
    refused(message, why) {
      outer.refused?.(message, why);
      inner.refused?.(message, why);
    },
    left(message, error) {
      outer.left(message, error);
      inner.left(message, error);
    },
    gate(isOpen) {
      outer.gate?.(isOpen);
      inner.gate?.(isOpen);
    },
  };
}
