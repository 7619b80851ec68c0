import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';

/** What a slot is for: a range of a large object, or an object of one chunk or less. */
export type SlotKind = 'range' | 'small';

export interface SlotPoolOptions {
  readonly slots: number;
  /** Of these, slots that ranges never take. */
  readonly slotsForSmall: number;
  /** Polls that the worker of each kind has under way at most. */
  readonly polls: number;
}

interface Waiter {
  readonly kind: SlotKind;
  readonly take: () => void;
}

/**
 * The slots of a class's worker, shared by its two task queues: small objects may take any, ranges all but those kept
 * for small ones, so that no number of long ranges holds up a small object. Who waits is served in order of arrival.
 * While the pool is closed nobody is: the worker then polls for no work, and what runs goes on.
 *
 * A poll under way holds a slot, for the server may answer it with work at any time. The SDK asks for one slot more than
 * it polls with, ahead of its next poll; it is not given that one before a poll has come back, or each kind would keep a
 * slot idle that the other could use.
 */
export class SlotPool {
  /** Held by a poll. */
  readonly #polling: Record<SlotKind, number> = { range: 0, small: 0 };
  readonly #used: Record<SlotKind, number> = { range: 0, small: 0 };
  #waiters: Waiter[] = [];
  #isOpen = true;

  constructor(private readonly options: SlotPoolOptions) {}

  /** Slots in use, or held by a poll. */
  get taken(): number {
    return this.#takenBy('range') + this.#takenBy('small');
  }

  /** True while something runs in a slot. */
  get isWorking(): boolean {
    return this.#used.range + this.#used.small > 0;
  }

  open(): void {
    this.#isOpen = true;
    this.#serve();
  }

  close(): void {
    this.#isOpen = false;
  }

  /** The slots as one of the two workers asks for them. */
  supplier(kind: SlotKind): CustomSlotSupplier<ActivitySlotInfo> {
    return {
      type: 'custom',
      reserveSlot: (_, signal) => this.#reserve(kind, signal),
      tryReserveSlot: () => (this.#canTake(kind) ? this.#take(kind) : null),
      markSlotUsed: () => {
        this.#polling[kind]--;
        this.#used[kind]++;
        this.#serve();
      },
      releaseSlot: ({ slotInfo }) => {
        const held = slotInfo === undefined ? this.#polling : this.#used;
        held[kind]--;
        this.#serve();
      },
    };
  }

  #takenBy(kind: SlotKind): number {
    return this.#polling[kind] + this.#used[kind];
  }

  #canTake(kind: SlotKind): boolean {
    const { slots, slotsForSmall, polls } = this.options;
    if (!this.#isOpen || this.taken >= slots || this.#polling[kind] >= polls) return false;
    return kind === 'small' || this.#takenBy('range') < slots - slotsForSmall;
  }

  #take(kind: SlotKind): SlotPermit {
    this.#polling[kind]++;
    return {};
  }

  #reserve(kind: SlotKind, signal: AbortSignal): Promise<SlotPermit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        kind,
        take: () => {
          signal.removeEventListener('abort', leave);
          resolve(this.#take(kind));
        },
      };
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      if (!this.#canTake(waiter.kind)) continue;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.take();
    }
  }
}
