import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LambdaApi } from '../../sam/local/lambda-api/lambda-api.js';
import { lambdaReport } from '../../sam/local/lambda-api/invoke-with-log.js';
import { VersionedFunction } from '../../sam/local/lambda-api/versioned-function.js';
import { describeEstimate } from '../../src/cli/tune/lambda-options.js';
import { PRICES } from '../../src/core/prices.js';
import { createLambdaFunction, type LambdaFunction } from '../../src/storage/lambda-function.js';
import { setupOf, type WorkerSetup } from '../../src/tuning/cell.js';
import { estimateRuns } from '../../src/tuning/lambda/lambda-cost.js';
import { LambdaWorker } from '../../src/tuning/lambda/lambda-worker.js';
import { parseReport } from '../../src/tuning/lambda/report-line.js';
import { TunedVersions } from '../../src/tuning/lambda/tuned-versions.js';
import { cellsOf, FULL_MATRIX } from '../../src/tuning/matrix.js';

const MB = 1_000_000;

describe('the report of an invocation', () => {
  test('is read from the line that Lambda writes', () => {
    const line =
      'REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 12345.67 ms\tBilled Duration: 12900 ms\t' +
      'Memory Size: 512 MB\tMax Memory Used: 96 MB\tInit Duration: 553.21 ms\t';

    expect(parseReport(`{"msg":"x"}\nEND RequestId: 8f\n${line}\n`)).toEqual({
      billedSeconds: 12.9,
      maxMemoryBytes: 96 * 2 ** 20,
    });
  });

  test('is read from the event of a function that logs JSON', () => {
    const metrics = { durationMs: 101.5, billedDurationMs: 102, memorySizeMB: 512, maxMemoryUsedMB: 33 };
    const event = {
      time: 'T',
      type: 'platform.report',
      record: { requestId: 'r', metrics, status: 'success' },
    };

    expect(parseReport(JSON.stringify(event))).toEqual({
      billedSeconds: 0.102,
      maxMemoryBytes: 33 * 2 ** 20,
    });
  });

  test.each(['', 'START RequestId: 1', 'REPORT RequestId: 1', 'cut":1,"type":"platform.report"}'])(
    'is none in %j',
    (log) => {
      expect(parseReport(log)).toBeUndefined();
    },
  );

  test('is written by the local API as Lambda writes it', () => {
    const report = {
      requestId: 'r',
      outcome: 'ok',
      payload: 'null',
      durationMs: 1_000,
      peakBytes: 60 * MB,
    } as const;

    expect(parseReport(lambdaReport(128, report))).toEqual({
      billedSeconds: 1,
      maxMemoryBytes: 58 * 2 ** 20,
    });
  });
});

describe('what runs on Lambda will cost', () => {
  const cells = cellsOf({ ...FULL_MATRIX, python: false });
  const all = [...cells, ...cells];
  const x86 = { architecture: 'x86_64', timeoutSeconds: 300 } as const;

  test('is counted from the matrix, the classes’ speeds and the prices', () => {
    const one = estimateRuns([cells.find(({ memoryMB }) => memoryMB === 512)!], 100 * MB, x86);

    // 3 s to start, two objects of 100 MB at 70 MB/s, 11 s to end; half a GB.
    expect(one.seconds).toBeCloseTo(14 + 200 / 70, 5);
    expect(one.gbSeconds).toBeCloseTo(one.seconds / 2, 5);
    expect(one.dollars.lambda).toBeCloseTo(one.gbSeconds * PRICES.lambdaPerGBSecond + 2e-7, 8);
    expect(one).toMatchObject({ runs: 1, versions: 1 });
  });

  test('of the seed’s matrix is well below a dollar, and less on arm64', () => {
    const estimate = estimateRuns(all, 100 * MB, x86);
    const arm = estimateRuns(all, 100 * MB, { ...x86, architecture: 'arm64' });

    expect(estimate).toMatchObject({ runs: 160, versions: 20 });
    expect(estimate.dollars.lambda).toBeGreaterThan(0.05);
    expect(estimate.dollars.lambda + estimate.dollars.s3).toBeLessThan(0.5);
    expect(arm.dollars.lambda / estimate.dollars.lambda).toBeCloseTo(0.8, 2);
    expect(describeEstimate('f', estimate)).toMatch(
      /f: 160 runs, each on one of 20 versions.*\n.*about \$0\.\d\d .*list prices of 20/,
    );
  });
});

describe('the versions of a tuning', () => {
  const before = { memoryMB: 512, timeoutSeconds: 300, variables: { TEMPORAL_ADDRESS: 'a:1', SECRET: 's' } };
  const setups: WorkerSetup[] = cellsOf({
    ...FULL_MATRIX,
    ...{ classesMB: [128, 2048], chunkBytes: [10 * MB], objectBytes: [MB], python: false },
  }).map(setupOf);
  const never = new AbortController().signal;
  let api: LambdaApi;
  let lambda: LambdaFunction;
  let server: VersionedFunction;

  beforeEach(async () => {
    server = new VersionedFunction('worker', before, () => {
      throw new Error('nothing is invoked here');
    });
    api = await LambdaApi.open(new Map([['worker', server]]));
    vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', api.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    lambda = createLambdaFunction({ region: 'us-east-1' }, 'worker');
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await api.close();
  });

  const open = (stateFile = '/state', isFresh = false) =>
    TunedVersions.open({ lambda, stateFile, isFresh, say: () => undefined });
  const settings = () => {
    const { memoryMB, variables } = server.find().state;
    return { memoryMB, variables };
  };
  const asBefore = { memoryMB: before.memoryMB, variables: before.variables };

  test('have the memory, the settings and the heap of their class, on task queues of the tuning', async () => {
    const versions = await open();
    await versions.publish(setups, 'midstate-tune-q', never);

    const [small] = setups;
    const { state } = server.find(versions.aliasOf(small!));
    expect(state.memoryMB).toBe(128);
    expect(state.variables).toMatchObject({
      SECRET: 's',
      MIDSTATE_TASK_QUEUE_PREFIX: 'midstate-tune-q',
      MIDSTATE_CHUNK_SIZE_BYTES: '10000000',
      MIDSTATE_CONNECTIONS_PER_OBJECT: '2',
      NODE_OPTIONS: '--max-old-space-size=48 --max-semi-space-size=2',
    });
    expect(settings()).toEqual(asBefore);

    await versions.remove();
    expect(server.aliases).toEqual([]);
    expect(server.versions).toHaveLength(1);
  });

  test('are of no worker deployment, whose current version alone would get the tasks', async () => {
    server.change(
      {
        variables: {
          ...before.variables,
          TEMPORAL_DEPLOYMENT_NAME: 'd',
          TEMPORAL_WORKER_BUILD_ID: '1',
          NODE_OPTIONS: '--enable-source-maps --max-old-space-size=9',
        },
      },
      undefined,
    );
    server.find();
    const versions = await open();
    await versions.publish(setups, 'midstate-tune-q', never);

    const { variables } = server.find(versions.aliasOf(setups[1]!)).state;
    expect(Object.keys(variables)).not.toContain('TEMPORAL_DEPLOYMENT_NAME');
    expect(variables['NODE_OPTIONS']).toBe(
      '--enable-source-maps --max-old-space-size=768 --max-semi-space-size=8',
    );
    await versions.remove();
    expect(settings().variables).toMatchObject({ TEMPORAL_DEPLOYMENT_NAME: 'd' });
  });

  test('do not take away the version that was published before, which the function still is', async () => {
    const { version } = server.publish('deployed');
    server.createAlias('live', version);

    const versions = await open();
    await versions.publish(setups, 'midstate-tune-q', never);
    await versions.remove();

    expect(server.aliases).toEqual([{ name: 'live', version }]);
    expect(server.versions.map((one) => one.version)).toEqual(['$LATEST', version]);
  });

  test('are taken away, and the function set back, by the next run after one that was killed in the middle', async () => {
    const killed = await open();
    vi.spyOn(lambda, 'publish').mockImplementation(async (description) => {
      if (description.includes('2048')) throw new Error('killed');
      return await createLambdaFunction({ region: 'us-east-1' }, 'worker').publish(description);
    });
    await expect(killed.publish(setups, 'midstate-tune-q', never)).rejects.toThrow('killed');
    expect(settings().memoryMB).toBe(2048);
    vi.restoreAllMocks();

    await expect(open('/another')).rejects.toThrow(/versions of another tuning.*--fresh/s);
    await open();

    expect(settings()).toEqual(asBefore);
    expect(server.aliases).toEqual([]);
    expect(server.versions).toHaveLength(1);
  });

  test('leave a deployment that came in between as it is', async () => {
    const versions = await open();
    await versions.publish(setups, 'midstate-tune-q', never);
    server.change({ variables: { TEMPORAL_ADDRESS: 'b:1' } }, undefined);
    server.find();

    await versions.remove();

    expect(settings().variables).toEqual({ TEMPORAL_ADDRESS: 'b:1' });
  });

  test('are not published over a change that somebody else makes meanwhile', async () => {
    const versions = await open();
    const change = lambda.change.bind(lambda);
    vi.spyOn(lambda, 'change').mockImplementationOnce(async (to, revisionId) => {
      server.change({ variables: { TEMPORAL_ADDRESS: 'b:1' } }, undefined);
      server.find();
      return await change(to, revisionId);
    });

    await expect(versions.publish(setups, 'midstate-tune-q', never)).rejects.toThrow(
      /somebody else has changed/,
    );
    await versions.remove();
    expect(settings().variables).toEqual({ TEMPORAL_ADDRESS: 'b:1' });
  });

  test('that cannot be deleted are told of', async () => {
    const versions = await open();
    await versions.publish(setups, 'midstate-tune-q', never);
    const [second] = server.aliases.slice(1);
    server.createAlias('mine', second!.version);

    await expect(versions.remove()).rejects.toThrow(/may be left.*the same command takes them away/s);
    server.deleteAlias('mine');
    await open();

    expect(server.versions).toHaveLength(1);
  });

  test.each(['', '$LATEST', 'live'])(
    'a version %j is never deleted: it is the function itself',
    async (version) => {
      await expect(lambda.deleteVersion(version)).rejects.toThrow(/expected a version’s number/);
      expect(api.requests).toEqual([]);
    },
  );

  test('a function that was left changed, with nothing to set it back from, is refused', async () => {
    server.change({ variables: { MIDSTATE_TASK_QUEUE_PREFIX: 'midstate-tune-x' } }, undefined);
    server.find();

    await expect(open()).rejects.toThrow(/deploy it again/);
  });
});

describe('a version as a worker', () => {
  let folder: string;
  const never = new AbortController().signal;
  const report = (usedMB: number) =>
    `REPORT RequestId: r\tDuration: 1 ms\tBilled Duration: 2000 ms\tMemory Size: 128 MB\tMax Memory Used: ${usedMB} MB\t\n`;
  const startWith = (invoke: LambdaFunction['invoke'], stop = never) =>
    LambdaWorker.start({
      lambda: { name: 'worker', invoke },
      alias: 'a',
      memoryMB: 128,
      logFile: join(folder, 'log', 'worker.log'),
      stop,
    });
  const forEver = new Promise<never>(() => undefined);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'midstate-lambda-worker-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('that runs out of memory says so, and what it was billed', async () => {
    const answer = { failure: 'Runtime.ExitError: signal: killed', logTail: report(128) };
    const worker = startWith(() => Promise.resolve(answer));

    await expect(worker.whileWell(forEver, 60, never)).rejects.toThrow('was killed at its memory limit');
    expect(await worker.stop()).toEqual({ billedGBSeconds: 0.25 });
    expect(await readFile(join(folder, 'log', 'worker.log'), 'utf8')).toBe(report(128));
  });

  test('that fails otherwise says what the function said', async () => {
    const answer = { failure: 'Error: no such module', logTail: report(50) };
    const worker = startWith(() => Promise.resolve(answer));

    await expect(worker.whileWell(forEver, 60, never)).rejects.toThrow('ended (Error: no such module)');
  });

  test('that ends at once without a failure is none of midstate’s, and is not invoked again and again', async () => {
    const invoke = vi.fn(() => Promise.resolve({ failure: undefined, logTail: report(50) }));
    const worker = startWith(invoke);

    await expect(worker.whileWell(forEver, 60, never)).rejects.toThrow(
      /expected a worker function of midstate/,
    );
    expect(invoke).toHaveBeenCalledTimes(1);
  });

  test('whose work takes too long, or is given up, is not waited for', async () => {
    const stop = new AbortController();
    const worker = startWith(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        }),
      stop.signal,
    );

    await expect(worker.whileWell(forEver, 0.1, stop.signal)).rejects.toThrow(/took longer than 0 s/);
    stop.abort();
    await expect(worker.whileWell(forEver, 60, stop.signal)).rejects.toThrow(/not needed any more/);
    expect(await worker.stop()).toEqual({ billedGBSeconds: 0 });
  });
});
