import { SpanStatusCode, type Attributes, type Tracer } from '@opentelemetry/api';
import type { ObjectRef } from '../../core/contracts.js';
import type { ObjectStore } from '../../core/ports.js';

/** Runs `work` in a span; its failure is the span's. */
export async function inSpan<T>(
  tracer: Tracer,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  return await tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The store, with a span for each request: what describing and publishing took, inside the activity's span. */
export function tracedStore(store: ObjectStore, tracer: Tracer): ObjectStore {
  return {
    ...store,
    describe: (object) =>
      inSpan(tracer, 'describe object', objectAttributes(object), () => store.describe(object)),
    open: (object, signal) =>
      inSpan(tracer, 'open object', objectAttributes(object), () => store.open(object, signal)),
    readTags: (object) => inSpan(tracer, 'read tags', objectAttributes(object), () => store.readTags(object)),
    writeTags: (object, tags) =>
      inSpan(tracer, 'publish tags', objectAttributes(object), () => store.writeTags(object, tags)),
    writeSidecar: (sidecar) =>
      inSpan(tracer, 'publish sidecar', objectAttributes(sidecar), () => store.writeSidecar(sidecar)),
  };
}

/** OpenTelemetry's names where it has some. Source: semantic conventions, "AWS S3". */
export function objectAttributes({ bucket, key, versionId, sizeBytes }: Partial<ObjectRef>): Attributes {
  return {
    ...(bucket === undefined ? {} : { 'aws.s3.bucket': bucket }),
    ...(key === undefined ? {} : { 'aws.s3.key': key }),
    ...(versionId === undefined ? {} : { 'midstate.version_id': versionId }),
    ...(sizeBytes === undefined ? {} : { 'midstate.size_bytes': sizeBytes }),
  };
}
