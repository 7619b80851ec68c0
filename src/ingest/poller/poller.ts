import { setMaxListeners } from 'node:events';
import { MidstateError } from '../../core/failures.js';
import type { QueueMessage, QueueTraits } from '../../core/ports.js';
import type { Disposition } from '../process-message.js';
import { DeleteBatcher } from './delete-batcher.js';
import { GroupLanes } from './group-lanes.js';
import { HoldKeeper } from './hold-keeper.js';
import { MessageHand } from './message-hand.js';
import { UNWATCHED, type MessageWatch } from './message-watch.js';
import { isFinal, messageOf, pause } from './poll-faults.js';
import type { PollerDependencies, PollerSettings } from './poller-settings.js';
import { SlotPool } from './slot-pool.js';
import { StartGate } from './start-gate.js';

/** A poll takes ten messages if as many hands come free within this time, else what there is. */
const FULL_BATCH_PATIENCE_MS = 50;

const MAX_BATCH = 10;

/** A poller at work on one queue: `runPoller` says what it promises. */
export class Poller {
  readonly #slots: SlotPool;
  readonly #gate: StartGate;
  readonly #holds: HoldKeeper;
  readonly #hand: MessageHand;
  readonly #watch: MessageWatch;
  readonly #lanes = new GroupLanes<Disposition>(({ kind }) => kind !== 'retry');
  readonly #inHand = new Set<Promise<void>>();
  readonly #polls = new Set<Promise<void>>();
  readonly #breakOff = new AbortController();
  #wanted = 1;
  #fatal: { readonly error: unknown } | undefined;

  constructor(
    private readonly deps: PollerDependencies,
    private readonly traits: QueueTraits,
    private readonly stop: AbortSignal,
    private readonly settings: PollerSettings,
  ) {
    const { queue, log, watch = UNWATCHED } = deps;
    this.#watch = watch;
    // One listener for each poll that is out.
    setMaxListeners(0, this.#breakOff.signal);
    const { faultPauseMs, maxFaultPauseMs, maxInHand } = settings;
    this.#slots = new SlotPool(maxInHand, stop);
    const pauses = { firstPauseMs: faultPauseMs, maxPauseMs: maxFaultPauseMs };
    this.#gate = new StartGate({ maxConcurrent: maxInHand, ...pauses }, stop, (isOpen) => {
      log(
        isOpen ? 'Temporal takes starts again' : 'Temporal takes no starts: receiving paused, messages kept',
        {},
      );
      watch.gate?.(isOpen);
    });
    this.#holds = new HoldKeeper({
      queue,
      holdSeconds: traits.holdSeconds,
      onLost: ({ messageId }, error) => {
        log('hold not renewed, the message may be delivered twice', { messageId, error });
      },
    });
    const deleter = new DeleteBatcher({
      queue,
      lingerMs: settings.deleteLingerMs,
      faultPauseMs,
      onFailed: (message, error) => {
        const { messageId } = message;
        log('message not deleted, it will come again and find its job', { messageId, error });
        watch.left(message, new MidstateError('StoreUnavailable', `delete message: ${error}`));
      },
    });
    const startUpload = deps.createStartUpload((work) => this.#gate.run(work));
    this.#hand = new MessageHand({
      queue,
      startUpload,
      stop,
      log,
      watch,
      delete: (message) => deleter.delete(message),
      letGo: (message) => {
        this.#holds.letGo(message);
      },
    });
  }

  /** Keeps as many polls out as the queue's depth asks for; ends when stopped, and throws what ends polling. */
  async poll(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.stop.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    while (!this.stop.aborted && this.#fatal === undefined) {
      while (this.#polls.size < this.#wanted) this.#spawn();
      await Promise.race([...this.#polls, stopped]);
    }
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }

  /** Waits for the polls that are out, finishes what is in hand, and gives every resource back. */
  async finish(): Promise<void> {
    const breakOff = setTimeout(
      () => {
        this.#breakOff.abort();
      },
      this.settings.waitSeconds * 1_000 + this.settings.stopMarginMs,
    );
    await Promise.all(this.#polls);
    clearTimeout(breakOff);
    while (this.#inHand.size > 0) await Promise.all(this.#inHand);
    this.#holds.stop();
  }

  #spawn(): void {
    const poll: Promise<void> = this.#pollOnceAndAgain()
      .catch((error: unknown) => {
        this.#fatal ??= { error };
      })
      .finally(() => this.#polls.delete(poll));
    this.#polls.add(poll);
  }

  /** One long poll after the other, until there are more of them than the queue's depth asks for. */
  async #pollOnceAndAgain(): Promise<void> {
    let pauseMs = this.settings.faultPauseMs;
    while (!this.stop.aborted && this.#fatal === undefined) {
      await this.#gate.opened();
      const room = await this.#slots.take(MAX_BATCH, FULL_BATCH_PATIENCE_MS);
      if (room === 0) return;
      try {
        const messages = await this.#receive(room);
        pauseMs = this.settings.faultPauseMs;
        if (this.#adapt(messages.length, room)) return;
      } catch (error) {
        this.#slots.give(room);
        if (isFinal(error)) throw error;
        this.deps.log('receive failed, trying again', {
          error: messageOf(error),
          delaySeconds: pauseMs / 1_000,
        });
        await pause(pauseMs, this.stop);
        pauseMs = Math.min(pauseMs * 2, this.settings.maxFaultPauseMs);
      }
    }
  }

  async #receive(room: number): Promise<readonly QueueMessage[]> {
    const messages = await this.deps.queue.receive({
      maxMessages: room,
      waitSeconds: this.settings.waitSeconds,
      holdSeconds: this.traits.holdSeconds,
      signal: this.#breakOff.signal,
    });
    this.#slots.give(room - messages.length);
    for (const message of messages) this.#take(message);
    return messages;
  }

  #take(message: QueueMessage): void {
    this.#holds.keep(message);
    const lane = this.traits.isFifo ? message.groupId : undefined;
    const handle = async () => {
      const disposition = await this.#lanes.run(lane, () => this.#hand.process(message));
      await this.#hand.settle(message, disposition);
    };
    const handled: Promise<void> = this.#watch.handling(message, handle).finally(() => {
      this.#holds.letGo(message);
      this.#inHand.delete(handled);
      this.#slots.give(1);
    });
    this.#inHand.add(handled);
  }

  /**
   * A full poll tells that more waits: one more poll goes out. An empty one, that there are enough.
   * @returns true when the poll that asks is one too many
   */
  #adapt(received: number, room: number): boolean {
    if (received >= Math.min(room, MAX_BATCH) && room === MAX_BATCH) {
      this.#wanted = Math.min(this.#wanted + 1, this.settings.maxPolls);
      while (this.#polls.size < this.#wanted && !this.stop.aborted) this.#spawn();
    } else if (received === 0) this.#wanted = Math.max(1, this.#wanted - 1);
    return this.#polls.size > this.#wanted;
  }
}
