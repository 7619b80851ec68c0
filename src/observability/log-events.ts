import type { LogFacts } from '../core/log-facts.js';
import type { Logger } from './logger.js';

/** Logs events of the ingest: a warning where an error is among their facts. */
export function logEvents(logger: Pick<Logger, 'info' | 'warn'>) {
  return (event: string, facts: LogFacts): void => {
    if (facts.error === undefined) logger.info(event, facts);
    else logger.warn(event, facts);
  };
}
