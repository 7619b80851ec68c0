import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ClientPlugin } from '@temporalio/client';
import type { MessageWatch } from '../../ingest/poller/message-watch.js';
import { startTracing } from './start-tracing.js';

export interface PollerTracing {
  /** For the client that starts jobs: they go on in the trace of their message. */
  readonly plugin: ClientPlugin;
  readonly watch: MessageWatch;
  stop(): Promise<void>;
}

/** A trace for each message: its root is the handling of the message, and the jobs it starts go on in it. */
export function startPollerTracing(queueUrl: string, version: string): PollerTracing {
  const { plugin, tracer, stop } = startTracing({ role: 'poller' }, version);
  const queueName = new URL(queueUrl).pathname.split('/').at(-1) ?? '';
  return {
    plugin,
    watch: {
      async handling(message, handle) {
        // OpenTelemetry's names. Source: semantic conventions, "Messaging", "AWS SQS".
        const attributes = {
          'messaging.system': 'aws_sqs',
          'messaging.operation.type': 'process',
          'messaging.destination.name': queueName,
          'messaging.message.id': message.messageId,
          'midstate.receive_count': message.receiveCount,
        };
        await tracer.startActiveSpan(
          'receive message',
          { kind: SpanKind.CONSUMER, attributes },
          async (span) => {
            await handle();
            span.end();
          },
        );
      },
      refused(_message, { detail }) {
        trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: detail });
      },
      left(_message, error) {
        const message = error instanceof Error ? error.message : String(error);
        trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message });
      },
    },
    stop,
  };
}
