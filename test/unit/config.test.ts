import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig, policyOf, SETTINGS } from '../../src/config.js';
import { MidstateError } from '../../src/core/failures.js';
import { withClassTable } from '../../src/worker/with-class-table.js';

const AWS_VARIABLES = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'XDG_CACHE_HOME',
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
];

const OTEL_VARIABLES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_SDK_DISABLED',
  'OTEL_TRACES_EXPORTER',
];

beforeEach(() => {
  for (const { variable } of Object.values(SETTINGS)) vi.stubEnv(variable, undefined);
  for (const variable of [...AWS_VARIABLES, ...OTEL_VARIABLES]) vi.stubEnv(variable, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function failureOf(given: Parameters<typeof loadConfig>[0] = {}): MidstateError {
  try {
    loadConfig(given);
  } catch (error) {
    if (error instanceof MidstateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the configuration', () => {
  test('has a default for everything but the queue', () => {
    vi.stubEnv('HOME', '/home/someone');

    expect(loadConfig()).toMatchObject({
      queueUrl: undefined,
      algorithms: ['sha1'],
      publish: { tags: false, sidecar: false },
      policyFile: undefined,
      remember: [],
      maxInHand: 100,
      maxPolls: 8,
      memoryClasses: [256, 512],
      routing: [],
      classTable: {},
      unservedAfterSeconds: 300,
      chunkSizeBytes: undefined,
      connections: undefined,
      rangeSizeBytes: undefined,
      lossBoundSeconds: 2,
      idleTimeoutSeconds: 30,
      engine: 'native',
      taskQueuePrefix: 'midstate',
      readLedger: undefined,
      cacheDir: '/home/someone/.cache/midstate',
      dataDir: '.midstate',
      uiUrl: undefined,
      metricsAddress: undefined,
      logFormat: undefined,
      traces: false,
      aws: {
        region: undefined,
        pathStyle: false,
        proxies: { https: undefined, http: undefined, exempt: undefined },
      },
    });
  });

  test('reads every setting from its variable', () => {
    const values = {
      MIDSTATE_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/1234/uploads',
      MIDSTATE_ALGORITHMS: 'SHA-256, md5',
      MIDSTATE_PUBLISH: 'tags, sidecar',
      MIDSTATE_POLICY_FILE: 'policy.yaml',
      MIDSTATE_REMEMBER: 'sidecar,tags',
      MIDSTATE_MAX_IN_HAND: '500',
      MIDSTATE_MAX_POLLS: '20',
      MIDSTATE_MEMORY_CLASSES: '128,2048',
      MIDSTATE_ROUTING: '[{"route": [{"memoryClassMB": 128}]}]',
      MIDSTATE_CLASS_TABLE: '{"512": {"connectionsPerObject": 4}}',
      MIDSTATE_UNSERVED_AFTER_SECONDS: '60',
      MIDSTATE_GIVE_UP_AFTER_SECONDS: '3600',
      MIDSTATE_RESTORE: 'Bulk',
      MIDSTATE_RESTORE_DAYS: '3',
      MIDSTATE_RESTORE_BUDGET_USD: '0.5',
      MIDSTATE_CHUNK_SIZE_BYTES: '10000000',
      MIDSTATE_CONNECTIONS_PER_OBJECT: '4',
      MIDSTATE_RANGE_SIZE_BYTES: '1000000',
      MIDSTATE_PARALLEL_RANGES: '64',
      MIDSTATE_LOSS_BOUND_SECONDS: '1.5',
      MIDSTATE_IDLE_TIMEOUT_SECONDS: '5',
      MIDSTATE_ENGINE: 'portable',
      MIDSTATE_TASK_QUEUE_PREFIX: 'eu.prod-1',
      MIDSTATE_READ_LEDGER: 'ledger',
      MIDSTATE_UI_URL: 'http://127.0.0.1:8233',
      MIDSTATE_VERSIONING_BEHAVIOR: 'auto-upgrade',
      MIDSTATE_PAYLOAD_KEY_FILE: 'payload-keys',
      MIDSTATE_METRICS_ADDRESS: '0.0.0.0:9464',
      MIDSTATE_LOG_FORMAT: 'text',
      MIDSTATE_CACHE_DIR: 'cache',
      MIDSTATE_DATA_DIR: 'data',
    };
    for (const [variable, value] of Object.entries(values)) vi.stubEnv(variable, value);

    const config = loadConfig();

    expect(Object.keys(values).sort()).toEqual(
      Object.values(SETTINGS)
        .map((s) => s.variable)
        .sort(),
    );
    expect(config).toMatchObject({
      queueUrl: values.MIDSTATE_QUEUE_URL,
      algorithms: ['sha256', 'md5'],
      publish: { tags: true, sidecar: true },
      policyFile: 'policy.yaml',
      remember: ['tags', 'sidecar'],
      maxInHand: 500,
      maxPolls: 20,
      memoryClasses: [128, 2048],
      routing: [{ route: [{ memoryClassMB: 128 }] }],
      classTable: { 512: { connectionsPerObject: 4 } },
      unservedAfterSeconds: 60,
      chunkSizeBytes: 10_000_000,
      connections: 4,
      rangeSizeBytes: 1_000_000,
      parallelRanges: 64,
      lossBoundSeconds: 1.5,
      idleTimeoutSeconds: 5,
      engine: 'portable',
      taskQueuePrefix: 'eu.prod-1',
      readLedger: 'ledger',
      uiUrl: 'http://127.0.0.1:8233',
      versioningBehavior: 'auto-upgrade',
      payloadKeyFile: 'payload-keys',
      metricsAddress: { host: '0.0.0.0', port: 9464 },
      logFormat: 'text',
      cacheDir: 'cache',
      dataDir: 'data',
    });
  });

  test.for([
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, traces: true },
    { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, traces: true },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, traces: false },
    {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' },
      traces: false,
    },
    {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' },
      traces: false,
    },
  ])('traces where the variables of OpenTelemetry say so: $env', ({ env, traces }) => {
    for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);

    expect(loadConfig().traces).toBe(traces);
  });

  test('takes what the command line gave before the environment, and an empty variable for none', () => {
    vi.stubEnv('MIDSTATE_ALGORITHMS', 'md5');
    vi.stubEnv('MIDSTATE_LOSS_BOUND_SECONDS', '');

    const config = loadConfig({ algorithms: 'sha512' });

    expect(config.algorithms).toEqual(['sha512']);
    expect(config.lossBoundSeconds).toBe(2);
  });

  test('leaves the environment to decide where the command line is silent', () => {
    vi.stubEnv('MIDSTATE_ALGORITHMS', 'md5');

    expect(loadConfig({ algorithms: undefined }).algorithms).toEqual(['md5']);
  });

  test.each([
    [{ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:7070' }, { region: 'us-east-1', pathStyle: true }],
    [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:7070' }, { region: 'us-east-1', pathStyle: true }],
    [
      { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:7070', AWS_REGION: 'eu-west-1' },
      { region: 'eu-west-1', pathStyle: true },
    ],
    [{ AWS_DEFAULT_REGION: 'eu-west-2' }, { region: 'eu-west-2', pathStyle: false }],
    [
      { AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b' },
      { region: 'a', pathStyle: false },
    ],
  ])('takes region and addressing from %j', (variables, aws) => {
    for (const [variable, value] of Object.entries(variables)) vi.stubEnv(variable, value);

    expect(loadConfig().aws).toMatchObject(aws);
  });

  test('takes proxies from the standard variables, those in lower case first', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://upper:1');
    vi.stubEnv('https_proxy', 'http://lower:1');
    vi.stubEnv('http_proxy', '');
    vi.stubEnv('HTTP_PROXY', 'http://plain:1');
    vi.stubEnv('no_proxy', 'example.com');

    expect(loadConfig().aws.proxies).toEqual({
      https: 'http://lower:1',
      http: 'http://plain:1',
      exempt: 'example.com',
    });
  });

  test('keeps the cache where XDG wants it', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/var/cache/someone');

    expect(loadConfig().cacheDir).toBe('/var/cache/someone/midstate');
  });
});

describe('a bad setting', () => {
  test.each([
    ['MIDSTATE_QUEUE_URL', 'uploads', /Invalid URL/],
    ['MIDSTATE_ALGORITHMS', 'sha3', /expected some of .*got "sha3"/],
    ['MIDSTATE_ALGORITHMS', ',', /got an empty name/],
    ['MIDSTATE_PUBLISH', 'tags,mail', /expected tags, sidecar or both, got mail/],
    ['MIDSTATE_REMEMBER', 'mail', /expected tags, sidecar or both, got mail/],
    ['MIDSTATE_MAX_IN_HAND', '0', />=1/],
    ['MIDSTATE_MAX_POLLS', '51', /<=50/],
    ['MIDSTATE_MEMORY_CLASSES', '300', /expected one of 128, 256.*got 300/],
    ['MIDSTATE_MEMORY_CLASSES', '256MB', /got 256MB/],
    ['MIDSTATE_CHUNK_SIZE_BYTES', '20000001', /multiple of 128.*use 20000000/],
    ['MIDSTATE_CHUNK_SIZE_BYTES', '20MB', /got NaN/],
    ['MIDSTATE_CONNECTIONS_PER_OBJECT', '0', />=1/],
    ['MIDSTATE_CONNECTIONS_PER_OBJECT', '17', /<=16/],
    ['MIDSTATE_CONNECTIONS_PER_OBJECT', '1.5', /int/],
    ['MIDSTATE_RANGE_SIZE_BYTES', '999999', /1000000/],
    ['MIDSTATE_RANGE_SIZE_BYTES', 'much', /number/],
    ['MIDSTATE_PARALLEL_RANGES', '0', /1/],
    ['MIDSTATE_PARALLEL_RANGES', '65', /64/],
    ['MIDSTATE_LOSS_BOUND_SECONDS', '0.5', />=1/],
    ['MIDSTATE_LOSS_BOUND_SECONDS', '61', /<=60/],
    ['MIDSTATE_IDLE_TIMEOUT_SECONDS', '0', />=1/],
    ['MIDSTATE_ENGINE', 'turbo', /native/],
    ['MIDSTATE_TASK_QUEUE_PREFIX', 'a b', /pattern/],
    ['MIDSTATE_TASK_QUEUE_PREFIX', 'x'.repeat(101), /pattern/],
  ])('%s=%s is refused by its variable', (variable, value, message) => {
    vi.stubEnv(variable, value);

    const failure = failureOf();

    expect(failure.failure).toBe('InvalidInput');
    expect(failure.message).toMatch(new RegExp(`^configuration: ${variable}: `));
    expect(failure.message).toMatch(message);
  });

  test('is named as the option that gave it', () => {
    expect(failureOf({ queueUrl: 'uploads' }).message).toMatch(/^configuration: --queue-url: /);
  });

  test('comes with every other one in a single error', () => {
    vi.stubEnv('MIDSTATE_ALGORITHMS', 'sha3');
    vi.stubEnv('MIDSTATE_LOSS_BOUND_SECONDS', '0');
    vi.stubEnv('MIDSTATE_PUBLISH', 'mail');

    const { message } = failureOf({ memoryMB: '1', chunkSizeBytes: '1' } as Parameters<typeof loadConfig>[0]);

    expect(message.match(/MIDSTATE_\w+|--[\w-]+/g)).toEqual([
      'MIDSTATE_ALGORITHMS',
      'MIDSTATE_PUBLISH',
      '--chunk-size-bytes',
      'MIDSTATE_LOSS_BOUND_SECONDS',
    ]);
  });
});

describe('the policy of a job', () => {
  const object = { bucket: 'any', key: 'any' };

  test('carries what the workflow decides by, and no range size that was not given', () => {
    expect(policyOf(loadConfig(), object)).toEqual({
      publish: { tags: false, sidecar: false },
      servedMemoryClassesMB: [256, 512],
      unservedAfterSeconds: 300,
      lossBoundSeconds: 2,
      taskQueuePrefix: 'midstate',
    });
    expect(policyOf(loadConfig({ rangeSizeBytes: '2000000' }), object).rangeSizeBytes).toBe(2_000_000);
  });

  test('carries the route of the first rule that fits the object, from the variable or from a file', () => {
    const route = [{ memoryClassMB: 1024 }];
    const routing = JSON.stringify([{ bucket: 'videos', route }]);
    const file = join(mkdtempSync(join(tmpdir(), 'midstate-routing-')), 'routing.json');
    writeFileSync(file, routing);

    for (const given of [routing, file]) {
      const config = loadConfig({ routing: given });
      expect(policyOf(config, { bucket: 'videos', key: 'k' }).route).toEqual(route);
      expect(policyOf(config, object)).not.toHaveProperty('route');
    }
    rmSync(dirname(file), { recursive: true });
  });

  test('of rules that are wrong or not there is refused under the name of the setting', () => {
    expect(failureOf({ routing: '[{"route": []}]' }).message).toBe(
      'configuration: --routing: routing: rule 1: route: expected a list of steps, at least one, got []',
    );
    expect(failureOf({ routing: '/not/there.json' }).message).toMatch(/--routing: .*\/not\/there\.json/);
  });

  test('the class table is a file, or the JSON itself', () => {
    const table = JSON.stringify({ 512: { chunkSizeBytes: 50_000_000, megabytesPerSecond: 80 } });
    const file = join(mkdtempSync(join(tmpdir(), 'midstate-classes-')), 'classes.json');
    writeFileSync(file, table);

    for (const given of [table, file]) {
      expect(loadConfig({ classTable: given }).classTable[512]).toEqual({
        chunkSizeBytes: 50_000_000,
        megabytesPerSecond: 80,
      });
    }
    expect(failureOf({ classTable: '{"512":{"chunkSizeBytes":1}}' }).message).toMatch(
      /--class-table: chunk size: expected a positive multiple of 128/,
    );
  });

  test('a worker goes by its class’s line of the table, unless it is told otherwise itself', () => {
    const classTable = JSON.stringify({ 512: { chunkSizeBytes: 50_000_000, connectionsPerObject: 4 } });
    const read = (given: Parameters<typeof loadConfig>[0], memoryMB: 256 | 512 | undefined) => {
      const { chunkSizeBytes, connections } = withClassTable(loadConfig({ classTable, ...given }), memoryMB);
      return [chunkSizeBytes, connections];
    };

    expect(read({}, 512)).toEqual([50_000_000, 4]);
    expect(read({ chunkSizeBytes: '10000000' }, 512)).toEqual([10_000_000, 4]);
    expect(read({ connections: '1' }, 512)).toEqual([50_000_000, 1]);
    expect(read({}, 256)).toEqual([undefined, undefined]);
    expect(read({}, undefined)).toEqual([undefined, undefined]);
  });
});
