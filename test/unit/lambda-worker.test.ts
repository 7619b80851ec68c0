import type { Worker, WorkerOptions } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { memoryClass } from '../../src/core/memory-classes.js';
import { ClassWorkersPlugin, type GivenOptions } from '../../src/lambda/class-workers-plugin.js';
import { deploymentVersionOf } from '../../src/temporal/deployment-version.js';
import { memoryClassOfFunction } from '../../src/lambda/memory-class-of-function.js';
import { MemoryWatch } from '../../src/worker/memory-watch.js';
import { SlotPool } from '../../src/worker/slot-pool.js';

/** A worker as far as the plugin knows it: it runs until it is told to stop, or fails. */
class FakeWorker {
  state = 'INITIALIZED';
  #end!: () => void;
  #fail!: (error: Error) => void;

  run(): Promise<void> {
    this.state = 'RUNNING';
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  getState(): string {
    return this.state;
  }

  shutdown(): void {
    this.state = 'STOPPED';
    this.#end();
  }

  fail(error: Error): void {
    this.state = 'FAILED';
    this.#fail(error);
  }
}

const IDLE_MS = 10_000;
const slots = new SlotPool(memoryClass(128));
const given: GivenOptions[] = [];
let first: FakeWorker;
let second: FakeWorker;
let plugin: ClassWorkersPlugin;

beforeEach(() => {
  vi.useFakeTimers();
  [first, second] = [new FakeWorker(), new FakeWorker()];
  plugin = new ClassWorkersPlugin({
    idleMs: IDLE_MS,
    prepare: (options) => {
      given.push(options);
      return {
        slots,
        watch: new MemoryWatch(
          1,
          () => ({ usedBytes: 0, limitBytes: 1, countedIn: 'test' }),
          () => undefined,
        ),
        ranges: { taskQueue: 'ranges' },
        small: { taskQueue: 'small' },
      };
    },
    createWorker: ({ taskQueue }) =>
      taskQueue === 'small'
        ? Promise.resolve(second as unknown as Worker)
        : Promise.reject(new Error('which?')),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Runs both, and lets them begin. */
async function run(): Promise<{ readonly end: Promise<'ended' | Error> }> {
  plugin.configureWorker({ taskQueue: 'given' });
  const running = plugin.runWorker(first as unknown as Worker, () => first.run());
  const end = running.then(
    () => 'ended' as const,
    (error: unknown) => error as Error,
  );
  await vi.advanceTimersByTimeAsync(0);
  return { end };
}

describe('the two workers of an invocation', () => {
  test('have the class’s options, and keep of those given only what ties them to the invocation', () => {
    const options: WorkerOptions = {
      taskQueue: 'given',
      namespace: 'n',
      identity: 'request@arn',
      maxConcurrentActivityTaskExecutions: 2,
      plugins: [plugin],
    };

    expect(plugin.configureWorker(options)).toEqual({ taskQueue: 'ranges', plugins: [plugin] });
    expect(given.at(-1)).toEqual({ namespace: 'n', identity: 'request@arn' });
  });

  test('stop together when the first is told to', async () => {
    const { end } = await run();
    first.shutdown();
    await vi.advanceTimersByTimeAsync(200);

    expect(await end).toBe('ended');
    expect(second.state).toBe('STOPPED');
  });

  test('end together when one fails, with its error', async () => {
    const { end } = await run();
    second.fail(new Error('lost the server'));

    expect(await end).toEqual(new Error('lost the server'));
    expect(first.state).toBe('STOPPED');
  });

  test('stop once they have been idle, and not while something runs', async () => {
    const { end } = await run();
    const supplier = slots.supplier('range');
    const permit = await supplier.reserveSlot({} as never, new AbortController().signal);
    const used = { slotInfo: { type: 'activity', activityType: 'hashRange' }, permit } as const;
    supplier.markSlotUsed(used);
    await vi.advanceTimersByTimeAsync(3 * IDLE_MS);
    const stateWhileBusy = first.state;
    supplier.releaseSlot(used);
    await vi.advanceTimersByTimeAsync(IDLE_MS - 200);
    const stateBefore = first.state;
    await vi.advanceTimersByTimeAsync(400);

    expect(await end).toBe('ended');
    expect([stateWhileBusy, stateBefore, first.state, second.state]).toEqual([
      'RUNNING',
      'RUNNING',
      'STOPPED',
      'STOPPED',
    ]);
  });
});

describe('a worker function', () => {
  test('is of the class that its memory size is', () => {
    expect(memoryClassOfFunction({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' })).toBe(512);
  });

  test.each([undefined, '300'])('whose memory size is %s says which there are', (size) => {
    expect(() => memoryClassOfFunction({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: size })).toThrow(
      /no memory class.*128, 256, 512, 1024, 2048/,
    );
  });

  test('has a version when it has both parts of one, and none when it has neither', () => {
    const env = { TEMPORAL_DEPLOYMENT_NAME: 'hashing', TEMPORAL_WORKER_BUILD_ID: 'b1' };

    expect(deploymentVersionOf(env)).toEqual({ deploymentName: 'hashing', buildId: 'b1' });
    expect(deploymentVersionOf({ TEMPORAL_DEPLOYMENT_NAME: '' })).toBeUndefined();
  });

  test.each(['TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'])('with %s alone is refused', (name) => {
    expect(() => deploymentVersionOf({ [name]: 'x' })).toThrow(`${name} alone`);
  });
});
