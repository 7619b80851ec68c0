import { expect, test } from 'vitest';
import { ALGORITHMS } from '../../src/core/algorithms.js';
import { KNOWN_ALGORITHMS, parseAlgorithms } from '../../src/core/parse-algorithms.js';

test.each([
  ['sha1', ['sha1']],
  [' sha256 ,md5', ['sha256', 'md5']],
  ['SHA-1,Sha-256,SHA-512', ['sha1', 'sha256', 'sha512']],
  ['CRC-32,crc-32c,CRC64-NVME,crc_64_nvme,CRC32C', ['crc32', 'crc32c', 'crc64nvme']],
  ['md-5,MD5,blake-3,BLAKE3', ['md5', 'blake3']],
  [ALGORITHMS.join(','), [...ALGORITHMS]],
])('%j names %j', (text, algorithms) => {
  expect(parseAlgorithms(text)).toEqual(algorithms);
});

test.each([
  ['', /got an empty name/],
  ['  ', /got an empty name/],
  ['sha1,', /got an empty name/],
  [',sha1', /got an empty name/],
  ['sha1,,md5', /got an empty name/],
  ['sha3', /got "sha3"/],
  ['sha1 md5', /got "sha1 md5"/],
  ['sha512/256', /got "sha512\/256"/],
  ['sha1,\u001b[31mred', /got "\\u001b\[31mred"/],
  ['x'.repeat(100_000), /got "x{40}"$/],
  ['constructor', /got "constructor"/],
])('%j is refused with the list of known names', (text, message) => {
  const attempt = (): unknown => parseAlgorithms(text);

  expect(attempt).toThrow(message);
  expect(attempt).toThrow(KNOWN_ALGORITHMS);
  expect(attempt).toThrow(expect.objectContaining({ failure: 'InvalidInput' }));
});
