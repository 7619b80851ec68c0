import { describe, expect, test } from 'vitest';
import type { Algorithm } from '../../src/core/algorithms.js';
import { countingBytes, digestsOf, ENGINES } from './hashing-engines.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const DIGITS = text('123456789');
const TWO_BLOCKS = text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq');
const TWO_LONG_BLOCKS = text(
  'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
);
const MILLION_A = new Uint8Array(1_000_000).fill(0x61);
const ASCENDING = Uint8Array.from({ length: 32 }, (_, index) => index);
const DESCENDING = Uint8Array.from(ASCENDING).reverse();
/** RFC 3720 B.4: "An iSCSI - SCSI Read (10) Command PDU". */
const ISCSI_READ = Uint8Array.from(
  Buffer.from(
    '01c0000000000000000000000000000014000000000004000000001400000018280000000000000002000000' + '00000000',
    'hex',
  ),
);

type Vector = readonly [title: string, input: Uint8Array, digest: string];

const VECTORS: Readonly<Record<Algorithm, readonly Vector[]>> = {
  // RFC 1321, A.5 "Test suite": all seven.
  md5: [
    ['""', text(''), 'd41d8cd98f00b204e9800998ecf8427e'],
    ['"a"', text('a'), '0cc175b9c0f1b6a831c399e269772661'],
    ['"abc"', text('abc'), '900150983cd24fb0d6963f7d28e17f72'],
    ['"message digest"', text('message digest'), 'f96b697d7cb7938d525a2f31aaf161d0'],
    ['a to z', text('abcdefghijklmnopqrstuvwxyz'), 'c3fcd3d76192e4007dfb496cca67e13b'],
    [
      'A to z and digits',
      text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
      'd174ab98d277d9f5a5611c2c9f419d9f',
    ],
    ['eighty digits', text('1234567890'.repeat(8)), '57edf4a22be3c955ac49da2e2107b67a'],
  ],
  // NIST's example values for FIPS 180-4 ("abc", two blocks), its CAVP short messages (empty), FIPS 180-2 A.3 (a million).
  sha1: [
    ['""', text(''), 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['"abc"', text('abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['two blocks', TWO_BLOCKS, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
    ['a million "a"', MILLION_A, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ],
  sha256: [
    ['""', text(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['"abc"', text('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['two blocks', TWO_BLOCKS, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    ['a million "a"', MILLION_A, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ],
  sha512: [
    [
      '""',
      text(''),
      'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
    ],
    [
      '"abc"',
      text('abc'),
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
    [
      'two blocks',
      TWO_LONG_BLOCKS,
      '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
    ],
    [
      'a million "a"',
      MILLION_A,
      'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
    ],
  ],
  // The CRC catalogue's check values: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME.
  crc32: [['the check string', DIGITS, 'cbf43926']],
  // RFC 3720 B.4 "CRC Examples" prints bytes in the order they are sent, the least significant first.
  crc32c: [
    ['the check string', DIGITS, 'e3069283'],
    ['32 zeros', new Uint8Array(32), '8a9136aa'],
    ['32 ones', new Uint8Array(32).fill(0xff), '62a8ab43'],
    ['32 ascending', ASCENDING, '46dd794e'],
    ['32 descending', DESCENDING, '113fdb5c'],
    ['an iSCSI read command', ISCSI_READ, 'd9963a56'],
  ],
  // NVM Command Set Specification, "64b CRC Test Cases" (4,096 bytes), and the tests of AWS's aws-checksums and aws-c-s3.
  crc64nvme: [
    ['the check string', DIGITS, 'ae8b14860a799888'],
    ['4,096 zeros', new Uint8Array(4096), '6482d367eb22b64e'],
    ['4,096 ones', new Uint8Array(4096).fill(0xff), 'c0ddba7302eca3ac'],
    ['32 zeros', new Uint8Array(32), 'cf3473434d4ecf3b'],
    ['ten "a"', text('a'.repeat(10)), '0c1a80036d65c555'],
  ],
  // BLAKE3-team/BLAKE3, test_vectors/test_vectors.json, first 32 bytes of "hash".
  blake3: (
    [
      [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
      [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
      [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
      [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
      [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
      [2048, 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a'],
      [2049, '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030'],
      [3072, 'b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2'],
      [3073, '7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3'],
      [4096, '015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969'],
      [4097, '9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995'],
      [5120, '9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833'],
      [5121, '628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff'],
      [8192, 'aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63'],
      [8193, 'bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b'],
      [16384, 'f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4'],
      [31744, '62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47'],
      [102400, 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'],
    ] as const
  ).map(([length, digest]) => [`${String(length)} bytes`, countingBytes(length), digest] as const),
};

const CASES = Object.entries(VECTORS).flatMap(([algorithm, vectors]) =>
  vectors.map(([title, input, digest]) => ({ algorithm: algorithm as Algorithm, title, input, digest })),
);

describe.each(ENGINES)('the $name engine', (engine) => {
  test.each(CASES)('gives the published $algorithm of $title', async ({ algorithm, input, digest }) => {
    expect(await digestsOf(engine, [algorithm], [input])).toEqual({ [algorithm]: digest });
  });
});
