import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import type { ProcessLabels } from '../process-labels.js';

export interface Tracing {
  readonly tracer: Tracer;
  /** For Temporal's clients and workers: a span for each start, workflow and activity, in one trace. */
  readonly plugin: OpenTelemetryPlugin;
  /** Sends what there is, and goes on. */
  readonly flush: () => Promise<void>;
  /** Sends what is left. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts tracing for this process. Where spans go, how many, and under which service name is said by OpenTelemetry's
 * own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`,
 * `OTEL_BSP_*`), which its libraries read; the protocol is OTLP over HTTP, protobuf. A collector that does not answer
 * costs spans, never a hash.
 */
export function startTracing({ role, memory_class }: ProcessLabels, version: string): Tracing {
  const resource = defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': `midstate-${role}`,
        'service.version': version,
        ...(memory_class === undefined ? {} : { 'midstate.memory_class_mb': Number(memory_class) }),
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer('midstate', version),
    plugin: new OpenTelemetryPlugin({ resource, spanProcessor }),
    flush: () => provider.forceFlush(),
    stop: () => provider.shutdown(),
  };
}
