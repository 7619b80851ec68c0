import { MidstateError } from '../../core/failures.js';
import type { LogFacts } from '../../core/log-facts.js';
import type { GivenUp, MessageQueue, QueueMessage } from '../../core/ports.js';
import { describeOutcome } from '../describe-outcome.js';
import { processMessage, type Disposition } from '../process-message.js';
import { retryDelaySeconds } from '../retry-delay.js';
import type { StartUpload } from '../start-upload.js';
import type { MessageWatch } from './message-watch.js';

export interface MessageHandOptions {
  readonly queue: Pick<MessageQueue, 'hide' | 'giveUp'>;
  readonly startUpload: StartUpload;
  readonly stop: AbortSignal;
  readonly log: (event: string, facts: LogFacts) => void;
  readonly watch: MessageWatch;
  /** Resolves when the message is deleted, or left for good. */
  readonly delete: (message: QueueMessage) => Promise<void>;
  /** Its hold is not renewed from here on. */
  readonly letGo: (message: QueueMessage) => void;
}

/** Deals with one message: does what it asks for, then deletes it, gives it up, or lets it come again. */
export class MessageHand {
  constructor(private readonly options: MessageHandOptions) {}

  async process({ messageId, body }: QueueMessage): Promise<Disposition> {
    const { startUpload, log, watch } = this.options;
    return await processMessage(body, startUpload, {
      onUpload: (outcome) => {
        const { event, facts } = describeOutcome(outcome);
        log(event, facts);
        watch.dealtWith?.(outcome);
      },
      onIgnored: (event) => {
        log('event ignored', { messageId, ...event });
        watch.ignored?.(event);
      },
    });
  }

  /** @param disposition undefined for a message that an earlier one of its group holds up */
  async settle(message: QueueMessage, disposition: Disposition | undefined): Promise<void> {
    if (disposition === undefined) await this.#comeAgain(message, 0);
    else if (disposition.kind === 'done') await this.options.delete(message);
    else if (disposition.kind === 'poison') await this.#giveUp(message, disposition.why);
    else await this.#retry(message, disposition.error);
  }

  async #giveUp(message: QueueMessage, why: GivenUp): Promise<void> {
    const { queue, log, watch } = this.options;
    const facts = { messageId: message.messageId, ...why };
    try {
      await queue.giveUp(message, why);
    } catch (error) {
      log('message not understood, left to the queue’s redrive policy', {
        ...facts,
        error: messageOf(error),
      });
      watch.left(message, notUnderstood(why));
      await this.#comeAgain(message, retryDelaySeconds(message.receiveCount));
      return;
    }
    log('message not understood, sent to the dead-letter queue', facts);
    watch.refused?.(message, why);
    await this.options.delete(message);
  }

  async #retry(message: QueueMessage, error: unknown): Promise<void> {
    const { stop, log, watch } = this.options;
    const isStopped =
      stop.aborted && error instanceof MidstateError && error.failure === 'TemporalUnavailable';
    const delaySeconds = isStopped ? 0 : retryDelaySeconds(message.receiveCount);
    log(isStopped ? 'message released' : 'message failed, it comes again', {
      messageId: message.messageId,
      receiveCount: message.receiveCount,
      delaySeconds,
      error: messageOf(error),
    });
    if (!isStopped) watch.left(message, error);
    await this.#comeAgain(message, delaySeconds);
  }

  async #comeAgain(message: QueueMessage, delaySeconds: number): Promise<void> {
    const { queue, log, letGo } = this.options;
    letGo(message);
    const { messageId } = message;
    try {
      const [fault] = await queue.hide([message], delaySeconds);
      if (fault !== undefined)
        log('message not released, it comes again when its hold ends', { messageId, error: fault.error });
    } catch (error) {
      log('message not released, it comes again when its hold ends', { messageId, error: messageOf(error) });
    }
  }
}

function notUnderstood({ detail }: GivenUp): MidstateError {
  return new MidstateError('InvalidInput', detail);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
