import { SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ObjectRef } from '../../src/core/contracts.js';
import { MidstateError } from '../../src/core/failures.js';
import type { ObjectStore } from '../../src/core/ports.js';
import { tracedStore } from '../../src/observability/tracing/traced-store.js';

const object: ObjectRef = { bucket: 'b', key: 'k', versionId: 'v', etag: 'e', sizeBytes: 3 };
const description = { object, storageClass: 'STANDARD', storedChecksums: [], isSidecar: false };

const inner: ObjectStore = {
  describe: () => Promise.resolve(description),
  open: () => Promise.resolve({ description, close: () => undefined }),
  listPartSizes: () => Promise.resolve([3]),
  requestRestore: () => Promise.resolve(),
  readTags: () => Promise.resolve({ owner: 'me' }),
  writeTags: () => Promise.resolve(),
  writeSidecar: () => Promise.reject(new MidstateError('SidecarTaken', 'taken')),
};

let exporter: InMemorySpanExporter;
let store: ObjectStore;

beforeEach(() => {
  exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  store = tracedStore(inner, provider.getTracer('test'));
});

describe('a store that is traced', () => {
  test('answers as it did, with a span for each request', async () => {
    expect(await store.describe(object)).toBe(description);
    expect((await store.open(object, new AbortController().signal)).description).toBe(description);
    expect(await store.readTags(object)).toEqual({ owner: 'me' });
    await store.writeTags(object, {});

    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([
      'describe object',
      'open object',
      'read tags',
      'publish tags',
    ]);
    expect(exporter.getFinishedSpans()[3]?.attributes).toEqual({
      'aws.s3.bucket': 'b',
      'aws.s3.key': 'k',
      'midstate.version_id': 'v',
      'midstate.size_bytes': 3,
    });
  });

  test('fails as it did, and so does the span', async () => {
    const write = store.writeSidecar({ bucket: 'b', key: 'k.sha1', body: '', of: object });

    await expect(write).rejects.toMatchObject({ failure: 'SidecarTaken' });
    expect(exporter.getFinishedSpans()).toMatchObject([
      { name: 'publish sidecar', status: { code: SpanStatusCode.ERROR, message: 'taken' } },
    ]);
  });
});
