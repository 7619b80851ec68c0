import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ALGORITHMS, type Algorithm } from './core/algorithms.js';
import type { Policy } from './core/contracts.js';
import { MidstateError } from './core/failures.js';
import { parseListenAddress } from './core/listen-address.js';
import { DEFAULT_LOSS_BOUND_SECONDS } from './core/loss-bound.js';
import { DEFAULT_TASK_QUEUE_PREFIX } from './core/memory-classes.js';
import { parseAlgorithms } from './core/parse-algorithms.js';
import { checkChunkSize, DEFAULT_PARALLEL_RANGES, MAX_PARALLEL_RANGES } from './core/ranges.js';
import { DEFAULT_UNSERVED_AFTER_SECONDS, routeFor } from './core/routing.js';
import { RESTORE_TIERS } from './core/restore.js';
import { ENGINE_NAMES } from './core/engine-names.js';
import { LOG_FORMATS } from './core/log-formats.js';
import { parseClasses, parseMemoryClasses, parsePlaces, parseRouting, parseSinks } from './parse-settings.js';
import type { ProxySettings } from './storage/http-proxy/choose-proxy.js';
import { trustOf, type TlsTrust } from './storage/lean-http/trusted-certificates.js';

/** Turns a parser that throws into a schema; the message of what it throws becomes the fault. */
function parsedBy<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** Each setting: environment variable, type, default and meaning. The README's table is made from this. */
export const SETTINGS = {
  queueUrl: {
    variable: 'MIDSTATE_QUEUE_URL',
    schema: z.url().optional(),
    fallback: '',
    meaning: 'URL of the SQS queue that receives the S3 events',
  },
  algorithms: {
    variable: 'MIDSTATE_ALGORITHMS',
    schema: parsedBy(parseAlgorithms).prefault('sha1'),
    fallback: 'sha1',
    meaning: `digests to compute, a comma list of ${ALGORITHMS.join(', ')}`,
  },
  publish: {
    variable: 'MIDSTATE_PUBLISH',
    schema: parsedBy(parseSinks).prefault(''),
    fallback: '',
    meaning: 'where to write digests besides result and search attributes: `tags`, `sidecar`, or both',
  },
  policyFile: {
    variable: 'MIDSTATE_POLICY_FILE',
    schema: z.string().min(1).optional(),
    fallback: '',
    meaning: 'YAML or JSON file that says which buckets and prefixes are hashed, and how (docs/ingest.md)',
  },
  remember: {
    variable: 'MIDSTATE_REMEMBER',
    schema: parsedBy(parsePlaces).prefault(''),
    fallback: '',
    meaning:
      'where to look for digests of versions whose job Temporal has forgotten, before hashing again: `tags`, `sidecar`, or both',
  },
  maxInHand: {
    variable: 'MIDSTATE_MAX_IN_HAND',
    schema: z.coerce.number().int().min(1).max(1_000).default(100),
    fallback: '100',
    meaning: 'messages that a poller holds at once, 1 to 1,000',
  },
  maxPolls: {
    variable: 'MIDSTATE_MAX_POLLS',
    schema: z.coerce.number().int().min(1).max(50).default(8),
    fallback: '8',
    meaning:
      'long polls that a poller has out at once while the queue is full, 1 to 50; one while it is empty',
  },
  memoryClasses: {
    variable: 'MIDSTATE_MEMORY_CLASSES',
    schema: parsedBy(parseMemoryClasses).prefault('256,512'),
    fallback: '256,512',
    meaning: 'memory classes that have workers; routing picks among them',
  },
  routing: {
    variable: 'MIDSTATE_ROUTING',
    schema: parsedBy(parseRouting).prefault('[]'),
    fallback: '',
    meaning: 'memory classes by bucket and prefix: a JSON file, or the JSON itself (docs/memory-classes.md)',
  },
  classTable: {
    variable: 'MIDSTATE_CLASS_TABLE',
    schema: parsedBy(parseClasses).prefault('{}'),
    fallback: '',
    meaning:
      'chunk, connections and speed of workers by memory class, as `midstate tune --apply` writes them: a JSON file, or the JSON itself',
  },
  unservedAfterSeconds: {
    variable: 'MIDSTATE_UNSERVED_AFTER_SECONDS',
    schema: z.coerce.number().min(1).max(86_400).default(DEFAULT_UNSERVED_AFTER_SECONDS),
    fallback: String(DEFAULT_UNSERVED_AFTER_SECONDS),
    meaning: 'seconds that work waits for a worker of its memory class before another class is looked for',
  },
  giveUpAfterSeconds: {
    variable: 'MIDSTATE_GIVE_UP_AFTER_SECONDS',
    schema: z.coerce.number().min(10).max(31_536_000).optional(),
    fallback: 'never',
    meaning:
      'seconds of trying after which a range that no attempt could finish fails its job, beside the wait for a worker',
  },
  restore: {
    variable: 'MIDSTATE_RESTORE',
    schema: z.enum(RESTORE_TIERS).optional(),
    fallback: '',
    meaning:
      'have S3 restore archived objects, at this tier: Bulk, Standard or Expedited; without it they fail as Archived',
  },
  restoreDays: {
    variable: 'MIDSTATE_RESTORE_DAYS',
    schema: z.coerce.number().int().min(1).max(30).default(2),
    fallback: '2',
    meaning: 'days that a restored copy stays, 1 to 30',
  },
  restoreBudgetUsd: {
    variable: 'MIDSTATE_RESTORE_BUDGET_USD',
    schema: z.coerce.number().min(0).max(100_000).default(1),
    fallback: '1',
    meaning:
      'most that the restore of one object may cost, in US dollars at list price; above it the object fails',
  },
  chunkSizeBytes: {
    variable: 'MIDSTATE_CHUNK_SIZE_BYTES',
    schema: parsedBy((text) => checkChunkSize(Number(text))).optional(),
    fallback: 'by class',
    meaning: 'bytes of one ranged GET, a multiple of 128',
  },
  connections: {
    variable: 'MIDSTATE_CONNECTIONS_PER_OBJECT',
    // S3 gives one connection some 85 MB/s: 16 are more than one process can hash.
    schema: z.coerce.number().int().min(1).max(16).optional(),
    fallback: 'by class',
    meaning: 'GETs of one object under way at once, 1 to 16; docs/read-ahead.md says when more than 2 help',
  },
  rangeSizeBytes: {
    variable: 'MIDSTATE_RANGE_SIZE_BYTES',
    schema: z.coerce.number().int().min(1_000_000).optional(),
    fallback: '1 GB, growing',
    meaning: 'bytes one activity hashes, at least 1,000,000',
  },
  parallelRanges: {
    variable: 'MIDSTATE_PARALLEL_RANGES',
    schema: z.coerce.number().int().min(1).max(MAX_PARALLEL_RANGES).optional(),
    fallback: String(DEFAULT_PARALLEL_RANGES),
    meaning: `ranges of one object hashed at once where all algorithms are CRCs, 1 to ${String(MAX_PARALLEL_RANGES)}`,
  },
  lossBoundSeconds: {
    variable: 'MIDSTATE_LOSS_BOUND_SECONDS',
    schema: z.coerce.number().min(1).max(60).default(DEFAULT_LOSS_BOUND_SECONDS),
    fallback: String(DEFAULT_LOSS_BOUND_SECONDS),
    meaning: 'most work that a killed worker may cost, 1 to 60; a heartbeat is sent about so often',
  },
  idleTimeoutSeconds: {
    variable: 'MIDSTATE_IDLE_TIMEOUT_SECONDS',
    schema: z.coerce.number().min(1).max(600).default(30),
    fallback: '30',
    meaning: 'seconds without a byte after which a read is taken for stalled and resumed',
  },
  engine: {
    variable: 'MIDSTATE_ENGINE',
    schema: z.enum(ENGINE_NAMES).default('native'),
    fallback: 'native',
    meaning: 'hash functions: `native` (where it is not built, `portable` instead) or `portable`',
  },
  taskQueuePrefix: {
    variable: 'MIDSTATE_TASK_QUEUE_PREFIX',
    schema: z
      .string()
      .regex(/^[\w.-]{1,100}$/)
      .default(DEFAULT_TASK_QUEUE_PREFIX),
    fallback: DEFAULT_TASK_QUEUE_PREFIX,
    meaning: 'first part of every task queue name',
  },
  readLedger: {
    variable: 'MIDSTATE_READ_LEDGER',
    schema: z.string().min(1).optional(),
    fallback: '',
    meaning:
      'file in which a worker counts the bytes it read and its peak memory, so that a kill cannot erase them',
  },
  uiUrl: {
    variable: 'MIDSTATE_UI_URL',
    schema: z.url().optional(),
    fallback: '',
    meaning: 'address of the Temporal Web UI, for the links that `submit` and `status` print',
  },
  versioningBehavior: {
    variable: 'MIDSTATE_VERSIONING_BEHAVIOR',
    schema: z.enum(['pinned', 'auto-upgrade']).default('pinned'),
    fallback: 'pinned',
    meaning:
      'where workers have versions: jobs end with the version they began with (`pinned`), or move to the current one (`auto-upgrade`)',
  },
  payloadKeyFile: {
    variable: 'MIDSTATE_PAYLOAD_KEY_FILE',
    schema: z.string().min(1).optional(),
    fallback: '',
    meaning:
      'file of keys with which payloads are encrypted, and object names hidden from Temporal (docs/security.md)',
  },
  metricsAddress: {
    variable: 'MIDSTATE_METRICS_ADDRESS',
    schema: parsedBy(parseListenAddress).optional(),
    fallback: '',
    meaning: '`host:port` where a worker, the poller or the bridge serves /metrics, /healthz and /readyz',
  },
  logFormat: {
    variable: 'MIDSTATE_LOG_FORMAT',
    schema: z.enum(LOG_FORMATS).optional(),
    fallback: 'json',
    meaning: 'log lines of workers, poller and bridge: `json`, or `text` (the default on a terminal)',
  },
  cacheDir: {
    variable: 'MIDSTATE_CACHE_DIR',
    schema: z.string().min(1).optional(),
    fallback: '~/.cache/midstate',
    meaning: 'where the local stack keeps the servers it installed',
  },
  dataDir: {
    variable: 'MIDSTATE_DATA_DIR',
    schema: z.string().min(1).default('.midstate'),
    fallback: '.midstate',
    meaning: 'where the local stack keeps objects, messages, histories and logs',
  },
} as const;

const CONFIG = z.object({
  queueUrl: SETTINGS.queueUrl.schema,
  algorithms: SETTINGS.algorithms.schema,
  publish: SETTINGS.publish.schema,
  policyFile: SETTINGS.policyFile.schema,
  remember: SETTINGS.remember.schema,
  maxInHand: SETTINGS.maxInHand.schema,
  maxPolls: SETTINGS.maxPolls.schema,
  memoryClasses: SETTINGS.memoryClasses.schema,
  routing: SETTINGS.routing.schema,
  classTable: SETTINGS.classTable.schema,
  unservedAfterSeconds: SETTINGS.unservedAfterSeconds.schema,
  giveUpAfterSeconds: SETTINGS.giveUpAfterSeconds.schema,
  restore: SETTINGS.restore.schema,
  restoreDays: SETTINGS.restoreDays.schema,
  restoreBudgetUsd: SETTINGS.restoreBudgetUsd.schema,
  chunkSizeBytes: SETTINGS.chunkSizeBytes.schema,
  connections: SETTINGS.connections.schema,
  rangeSizeBytes: SETTINGS.rangeSizeBytes.schema,
  parallelRanges: SETTINGS.parallelRanges.schema,
  lossBoundSeconds: SETTINGS.lossBoundSeconds.schema,
  idleTimeoutSeconds: SETTINGS.idleTimeoutSeconds.schema,
  engine: SETTINGS.engine.schema,
  taskQueuePrefix: SETTINGS.taskQueuePrefix.schema,
  readLedger: SETTINGS.readLedger.schema,
  uiUrl: SETTINGS.uiUrl.schema,
  versioningBehavior: SETTINGS.versioningBehavior.schema,
  payloadKeyFile: SETTINGS.payloadKeyFile.schema,
  metricsAddress: SETTINGS.metricsAddress.schema,
  logFormat: SETTINGS.logFormat.schema,
  cacheDir: SETTINGS.cacheDir.schema,
  dataDir: SETTINGS.dataDir.schema,
});

export type SettingName = keyof typeof SETTINGS;

export interface Config extends Omit<z.infer<typeof CONFIG>, 'cacheDir'> {
  readonly algorithms: Algorithm[];
  readonly cacheDir: string;
  readonly aws: {
    readonly region: string | undefined;
    readonly pathStyle: boolean;
    readonly proxies: ProxySettings;
    readonly trust: TlsTrust;
  };
  /** True where the standard OTEL_* variables name a place for traces. */
  readonly traces: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Reads the configuration: what the command line gave, else the environment, else the default.
 *
 * @param given values of the command line, as text
 * @throws MidstateError InvalidInput that names every setting at fault
 */
export function loadConfig(given: Partial<Record<SettingName, string | undefined>> = {}): Config {
  const { env } = process;
  const raw = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { variable }]) => [
      name,
      given[name as SettingName] ?? nonEmpty(env[variable]),
    ]),
  );
  const parsed = CONFIG.safeParse(raw);
  if (!parsed.success) throw configError(parsed.error, given);
  const customEndpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  return {
    ...parsed.data,
    cacheDir: parsed.data.cacheDir ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'midstate'),
    aws: {
      region: region ?? (customEndpoint === undefined ? undefined : 'us-east-1'),
      pathStyle: customEndpoint !== undefined,
      proxies: proxiesOf(env),
      trust: trustOf(env),
    },
    traces: wantsTraces(env),
    env,
  };
}

/** OpenTelemetry's own variables switch traces on; its libraries read the rest of them. */
function wantsTraces(env: NodeJS.ProcessEnv): boolean {
  const endpoint = nonEmpty(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  const isDisabled = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  return endpoint !== undefined && !isDisabled && env['OTEL_TRACES_EXPORTER'] !== 'none';
}

/** The standard variables; in lower case they go first, as with curl. */
function proxiesOf(env: NodeJS.ProcessEnv): ProxySettings {
  const find = (name: string) => nonEmpty(env[name.toLowerCase()]) ?? nonEmpty(env[name]);
  return { https: find('HTTPS_PROXY'), http: find('HTTP_PROXY'), exempt: find('NO_PROXY') };
}

/** The policy that the job of `object` is started with. */
export function policyOf(config: Config, object: { readonly bucket: string; readonly key: string }): Policy {
  const route = routeFor(config.routing, object);
  return {
    publish: config.publish,
    servedMemoryClassesMB: config.memoryClasses,
    ...(route === undefined ? {} : { route }),
    unservedAfterSeconds: config.unservedAfterSeconds,
    ...(config.giveUpAfterSeconds === undefined ? {} : { giveUpAfterSeconds: config.giveUpAfterSeconds }),
    ...restoreOf(config),
    lossBoundSeconds: config.lossBoundSeconds,
    taskQueuePrefix: config.taskQueuePrefix,
    ...(config.rangeSizeBytes === undefined ? {} : { rangeSizeBytes: config.rangeSizeBytes }),
    ...(config.parallelRanges === undefined ? {} : { parallelRanges: config.parallelRanges }),
  };
}

function restoreOf({ restore, restoreDays, restoreBudgetUsd }: Config): Pick<Policy, 'restore'> {
  if (restore === undefined) return {};
  return { restore: { tier: restore, days: restoreDays, budgetUsd: restoreBudgetUsd } };
}

function configError(
  error: z.ZodError,
  given: Partial<Record<SettingName, string | undefined>>,
): MidstateError {
  const faults = error.issues.map(({ path, message }) => {
    const name = path[0] as SettingName;
    const where =
      given[name] === undefined
        ? SETTINGS[name].variable
        : `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    return `${where}: ${message}`;
  });
  return new MidstateError('InvalidInput', `configuration: ${faults.join('; ')}`);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
