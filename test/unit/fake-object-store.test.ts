import { createFakeObjectStore } from '../fakes/fake-object-store.js';
import { FakeS3 } from '../fakes/fake-s3.js';
import { describeObjectStoreContract } from '../fakes/object-store-contract.js';

describeObjectStoreContract('fake', () => {
  const s3 = new FakeS3();
  s3.createBucket('plain');
  s3.createBucket('versioned', 'enabled');
  return Promise.resolve({
    store: createFakeObjectStore(s3),
    unversionedBucket: 'plain',
    versionedBucket: 'versioned',
    put: (bucket, key, body) => Promise.resolve(s3.put(bucket, key, body)),
  });
});
