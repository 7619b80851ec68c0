import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { UploadEvent } from '../../src/ingest/events/message-contents.js';
import { UNWATCHED, type MessageWatch } from '../../src/ingest/poller/message-watch.js';
import {
  DEFAULT_POLLER_SETTINGS,
  type PollerSettings,
  type ThroughGate,
} from '../../src/ingest/poller/poller-settings.js';
import { runPoller } from '../../src/ingest/poller/run-poller.js';
import type { StartUpload } from '../../src/ingest/start-upload.js';
import { FakeMessageQueue } from '../fakes/fake-message-queue.js';

const SETTINGS: PollerSettings = {
  ...DEFAULT_POLLER_SETTINGS,
  maxPolls: 2,
  maxInHand: 50,
  faultPauseMs: 1,
  maxFaultPauseMs: 2,
  deleteLingerMs: 1,
};

export const temporalDown = () => new MidstateError('TemporalUnavailable', 'no answer');

export function eventBody(...keys: string[]): string {
  const records = keys.map((key) => ({
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'b' }, object: { key, size: 1, eTag: 'e', sequencer: '01' } },
  }));
  return JSON.stringify({ Records: records });
}

/** Starts that the test acknowledges, by key; a start stays open until then. */
export class Starts {
  readonly asked: string[] = [];
  readonly #open = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  readonly createStartUpload =
    (throughGate: ThroughGate): StartUpload =>
    async (upload) => {
      await throughGate(() => this.#ask(upload));
      return { upload, kind: 'started', workflowId: `hash:${upload.object.key}` };
    };

  /** Refuses what is still open, so that a poller that stops can end. */
  refuseAll(): void {
    for (const { reject } of this.#open.values()) reject(new Error('the test is over'));
    this.#open.clear();
  }

  count(key: string): number {
    return this.asked.filter((asked) => asked === key).length;
  }

  async acknowledge(key: string): Promise<void> {
    (await this.#opened(key)).resolve();
  }

  async fail(key: string, error: Error): Promise<void> {
    (await this.#opened(key)).reject(error);
  }

  #ask({ object }: UploadEvent): Promise<void> {
    this.asked.push(object.key);
    return new Promise((resolve, reject) => this.#open.set(object.key, { resolve, reject }));
  }

  async #opened(key: string) {
    const opened = await vi.waitFor(() => {
      const found = this.#open.get(key);
      if (found === undefined) throw new Error(`no start of ${key}`);
      return found;
    });
    this.#open.delete(key);
    return opened;
  }
}

/** A poller on a queue in memory, with starts in the test's hand. */
export class PollerBench {
  queue = new FakeMessageQueue();
  readonly starts = new Starts();
  readonly log = vi.fn<(event: string, facts: Record<string, unknown>) => void>();
  readonly #stop = new AbortController();
  polling: Promise<void> = Promise.resolve();

  poll(settings: Partial<PollerSettings> = {}, watch: Partial<MessageWatch> = {}): void {
    const { queue, log } = this;
    const { createStartUpload } = this.starts;
    const deps = { queue, createStartUpload, log, watch: { ...UNWATCHED, ...watch } };
    this.polling = runPoller(deps, this.#stop.signal, { ...SETTINGS, ...settings });
    this.polling.catch(() => undefined);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Stops the poller and refuses it whatever it still asks. */
  async close(): Promise<void> {
    this.stop();
    const ending = setInterval(() => {
      this.starts.refuseAll();
      this.queue.endPolls();
    }, 1);
    await this.polling.catch(() => undefined);
    clearInterval(ending);
  }

  logged(event: string | RegExp): Record<string, unknown>[] {
    return this.log.mock.calls.filter(([name]) => name.match(event) !== null).map(([, facts]) => facts);
  }

  async asked(...keys: string[]): Promise<void> {
    await vi.waitFor(() => {
      expect(this.starts.asked).toEqual(expect.arrayContaining(keys));
    });
  }

  async deleted(...ids: string[]): Promise<void> {
    await vi.waitFor(() => {
      expect([...this.queue.deleted].sort()).toEqual(ids.sort());
    });
  }
}

/** Gives everything that can go on without the outside the time to do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}
