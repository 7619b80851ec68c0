import type { Algorithm } from '../core/algorithms.js';
import type { CreateResumableHash } from './resumable-hash.js';
import { layoutChanged } from './saved-layout.js';

/** Bytes before the state is taken: three BLAKE3 chunks, so two subtrees; 24 to 48 blocks of the others. */
const BOUNDARY_BYTES = 3072;

/** Bytes i mod 251, one more than the boundary: BLAKE3's official test input. */
const INPUT = Uint8Array.from({ length: BOUNDARY_BYTES + 1 }, (_, index) => index % 251);

/** What an engine must give: its canonical state after 3,072 bytes of the input, and the digest of all 3,073. */
export interface SelfTestVector {
  readonly state: string;
  readonly digest: string;
}

/** Hex. Computed by an implementation that shares nothing with the engines, in test/unit/hashing-reference.ts. */
export const SELF_TEST_VECTORS: Readonly<Record<Algorithm, SelfTestVector>> = {
  md5: {
    state: 'a33274cf0192f3826b71e3b8fa95512e',
    digest: 'fabbea69ebd535c3079f3f24afd6dc5c',
  },
  sha1: {
    state: 'a6a11b3a968fa9500c0c9e4c6b94556d12bc089f',
    digest: 'b702fa948da042495a69e1bc6febeee715eb37d1',
  },
  sha256: {
    state: '24f0269e38a79e169f1163cdac67839bbf22448d76c9d4b78db725aedc39354a',
    digest: 'b870cdfe188c14fbfc31a1be12cd7e83b63551fff30f847fa275d5d4ac409471',
  },
  sha512: {
    state:
      '1cc22bd646d210026f36e83c5b3b9b728124bcce0c671056c67432ae8bd680a22eac0c3575ae63eadba35a4695aaf521ee5fc2d62d002fde6c30199347caa34e',
    digest:
      '22c0842940ca4deab80afea00b266e0954657e23dd7088701290c37cb52229487f51606d4c91f816a06ddd7e31e4e2d2c8f438313d9a1ca60f978881eaefceb6',
  },
  crc32: {
    state: 'c1480482',
    digest: 'd3e72970',
  },
  crc32c: {
    state: '12eedd14',
    digest: '5589c733',
  },
  crc64nvme: {
    state: 'f799b374c1244413',
    digest: 'e00480a43a49d7c8',
  },
  blake3: {
    state:
      '811f7d4f1735258e27c68b9214ff7c4aac866d47f73deef1fd8908b5e38f804f31af34be96abc0f78f175c2b7af34754a2011916b9d343582c74d06f07153ca8',
    digest: '7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3',
  },
};

/**
 * Proves one algorithm of an engine: saves a state in the middle of a known input, compares it, goes on from it in
 * a second hash, and compares both digests.
 * @throws MidstateError MidstateIncompatible when one of them differs, not retried
 */
export async function selfTest(algorithm: Algorithm, create: CreateResumableHash): Promise<void> {
  const expected = SELF_TEST_VECTORS[algorithm];
  const first = await create(algorithm);
  first.update(INPUT.subarray(0, BOUNDARY_BYTES));
  const state = first.state(BOUNDARY_BYTES);
  if (Buffer.from(state).toString('hex') !== expected.state) {
    throw layoutChanged(algorithm, 'expected the self-test to give the known state, got another one');
  }
  const second = await create(algorithm, { bytesHashed: BOUNDARY_BYTES, state });
  for (const hash of [first, second]) {
    hash.update(INPUT.subarray(BOUNDARY_BYTES));
    if (hash.digest() !== expected.digest) {
      throw layoutChanged(algorithm, 'expected the self-test to give the known digest, got another one');
    }
  }
}
