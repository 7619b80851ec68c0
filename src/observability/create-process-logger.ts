import type { Config } from '../config.js';
import type { LogFacts } from '../core/log-facts.js';
import { createLogger, type Logger } from './logger.js';

/** The logger of a process that runs on: text on a terminal, else JSON, unless the configuration says which. */
export function createProcessLogger(config: Pick<Config, 'logFormat'>, facts: LogFacts): Logger {
  return createLogger({ format: config.logFormat ?? (process.stderr.isTTY ? 'text' : 'json'), facts });
}
