import type { ObjectStore } from '../../src/core/ports.js';
import type { FakeS3 } from './fake-s3.js';

/** `ObjectStore` on buckets in memory. */
export function createFakeObjectStore(s3: FakeS3): ObjectStore {
  return {
    async describe(object) {
      await s3.enter('describe', object.key);
      return s3.findPinned(object).description;
    },
    async open(object) {
      await s3.enter('open', object.key);
      const { description } = s3.findPinned(object);
      return { description, close: () => void s3.calls.push(`close ${object.key}`) };
    },
    async listPartSizes(object) {
      await s3.enter('listPartSizes', object.key);
      return s3.findPinned(object).partSizes;
    },
    async readTags(object) {
      await s3.enter('readTags', object.key);
      return { ...s3.find(object).tags };
    },
    async writeTags(object, tags) {
      await s3.enter('writeTags', object.key);
      s3.find(object).tags = { ...tags };
    },
    async requestRestore(object) {
      await s3.enter('requestRestore', object.key);
    },
    async writeSidecar(sidecar) {
      await s3.enter('writeSidecar', sidecar.key);
      s3.writeSidecar(sidecar);
    },
  };
}
