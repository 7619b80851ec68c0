// The reader's tests once more, over Node's sockets: what reads where the addon was not built.
import { describe } from 'vitest';
import { over } from './s3-shaped/reading-stage.js';

over.nativeConnections = false;

describe('reader-connections', async () => {
  await import('./reader-connections.test.js');
});

describe('reader-gives-up', async () => {
  await import('./reader-gives-up.test.js');
});

describe('reader-recovers', async () => {
  await import('./reader-recovers.test.js');
});

describe('read-ahead', async () => {
  await import('./read-ahead.test.js');
});

describe('s3-range-reader', async () => {
  await import('./s3-range-reader.test.js');
});
