import { join } from 'node:path';
import type { ServerLaunch } from '../process/server-process.js';
import { LOOPBACK, type LocalPorts } from '../ports.js';
import { temporalAnswers } from './temporal-probe.js';
import { answersHttp } from './http-probe.js';

export interface TemporalServerOptions {
  readonly executable: string;
  readonly dataDir: string;
  readonly ports: LocalPorts;
  readonly namespace: string;
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  readonly env: Readonly<Record<string, string>>;
}

/** The SDK's names of search attribute types, and what the CLI calls them. */
const CLI_TYPES = {
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  DOUBLE: 'Double',
  INT: 'Int',
  KEYWORD: 'Keyword',
  KEYWORD_LIST: 'KeywordList',
  TEXT: 'Text',
} as const;

export type SearchAttributeType = keyof typeof CLI_TYPES;

/**
 * Measured before `QUEUES_READ_AT_ONCE`: 33 to 38 workflows a second with these, 4 to 8 without. A power cut may cost the
 * last transactions, a crash none.
 */
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=1'];

/**
 * By default a shard of history looks at most 20 times a second for what to hand on next, and the dev server has one
 * shard: each step of a job waited up to 50 ms. ADR 0027 has the figures.
 */
const QUEUES_READ_AT_ONCE = ['history.transferProcessorMaxPollRPS=1000'];

/**
 * Server 1.29 ignores priorities and fairness keys, and lists no workers, unless told to. One machine needs no task queue
 * in parts, each of which keeps an order of its own: in four, five objects behind forty of another bucket ended at 25.
 */
const DYNAMIC_CONFIG = [
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  'frontend.WorkerHeartbeatsEnabled=true',
  'frontend.ListWorkersEnabled=true',
  ...QUEUES_READ_AT_ONCE,
];

/** Temporal's dev server and Web UI on one SQLite file, on loopback only. Starting it again re-registers nothing twice. */
export function temporalServer(options: TemporalServerOptions): ServerLaunch {
  const { ports, namespace, dataDir } = options;
  const repeated = (flag: string, values: readonly string[]): string[] =>
    values.flatMap((value) => [flag, value]);
  const attributes = Object.entries(options.searchAttributes).map(
    ([name, type]) => `${name}=${CLI_TYPES[type]}`,
  );
  const flags = {
    '--ip': LOOPBACK,
    '--port': String(ports.temporal),
    '--ui-port': String(ports.temporalUi),
    '--db-filename': join(dataDir, 'temporal.db'),
    '--log-level': 'warn',
  };
  return {
    title: 'Temporal',
    failure: 'TemporalUnavailable',
    command: options.executable,
    args: [
      'server',
      'start-dev',
      ...Object.entries(flags).flat(),
      ...(namespace === 'default' ? [] : ['--namespace', namespace]),
      ...repeated('--sqlite-pragma', SQLITE_PRAGMAS),
      ...repeated('--search-attribute', attributes),
      ...repeated('--dynamic-config-value', DYNAMIC_CONFIG),
    ],
    env: options.env,
    logFile: join(dataDir, 'logs', 'temporal.log'),
    startTimeoutMs: 60_000,
    stopTimeoutMs: 10_000,
    isReady: async () =>
      (await answersHttp(`http://${LOOPBACK}:${String(ports.temporalUi)}/`)) &&
      (await temporalAnswers(`${LOOPBACK}:${String(ports.temporal)}`, namespace)),
  };
}
