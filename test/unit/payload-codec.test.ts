import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { EncryptingCodec } from '../../src/temporal/payloads/encrypting-codec.js';
import { parsePayloadKeys } from '../../src/temporal/payloads/payload-keys.js';

const KEY = randomBytes(32).toString('base64');
const OTHER_KEY = randomBytes(32).toString('base64');
const noKms = () => Promise.reject(new Error('no KMS here'));

async function codecOf(...lines: string[]): Promise<EncryptingCodec> {
  return new EncryptingCodec(await parsePayloadKeys(lines.join('\n'), 'keys', noKms));
}

const payload = defaultPayloadConverter.toPayload({ key: 'secret/contract.pdf', bytesHashed: 64 });

async function sealed(codec: EncryptingCodec): Promise<Payload> {
  const [encrypted] = await codec.encode([payload]);
  return encrypted!;
}

function altered({ metadata, data }: Payload, at: number): Payload {
  const copy = Buffer.from(data!);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return { metadata: metadata!, data: copy };
}

describe('a payload', () => {
  test('comes back as it was, and says nothing meanwhile', async () => {
    const codec = await codecOf(`k1 ${KEY}`);
    const encrypted = await sealed(codec);
    expect(Buffer.from(encrypted.data!).includes('contract')).toBe(false);
    const [back] = await codec.decode([encrypted]);
    expect(defaultPayloadConverter.fromPayload(back!)).toEqual({
      key: 'secret/contract.pdf',
      bytesHashed: 64,
    });
  });

  test('is another each time it is encrypted', async () => {
    const codec = await codecOf(`k1 ${KEY}`);
    expect((await sealed(codec)).data).not.toEqual((await sealed(codec)).data);
  });

  test('of before a key was added is still read', async () => {
    const old = await sealed(await codecOf(`k1 ${KEY}`));
    const codec = await codecOf(`k2 ${OTHER_KEY}`, `k1 ${KEY}`);
    expect(await codec.decode([old])).toHaveLength(1);
    expect(Buffer.from((await sealed(codec)).metadata!['encryption-key-id']!).toString()).toBe('k2');
  });

  test('that was never encrypted is handed on as it is', async () => {
    expect(await (await codecOf(`k1 ${KEY}`)).decode([payload])).toEqual([payload]);
  });

  test.each([
    ['nonce', 0],
    ['ciphertext', 12],
    ['tag', -1],
  ])('whose %s was altered is refused', async (_part, at) => {
    const codec = await codecOf(`k1 ${KEY}`);
    await expect(codec.decode([altered(await sealed(codec), at)])).rejects.toThrow('it was altered');
  });

  test('whose key id was altered is refused even where both ids have the same key', async () => {
    const codec = await codecOf(`k1 ${KEY}`, `k2 ${KEY}`);
    const { metadata, data } = await sealed(codec);
    const forged = { metadata: { ...metadata, 'encryption-key-id': Buffer.from('k2') }, data: data! };
    await expect(codec.decode([forged])).rejects.toThrow('it was altered');
  });

  test('whose key is gone says which one', async () => {
    const old = await sealed(await codecOf(`k1 ${KEY}`));
    await expect((await codecOf(`k2 ${OTHER_KEY}`)).decode([old])).rejects.toThrow(
      'encrypted with the key "k1", which the key file has not',
    );
  });

  test('cut short is refused', async () => {
    const codec = await codecOf(`k1 ${KEY}`);
    const { metadata, data } = await sealed(codec);
    await expect(codec.decode([{ metadata: metadata!, data: data!.subarray(0, 20) }])).rejects.toThrow(
      'it is cut short',
    );
  });
});

describe('a hidden name', () => {
  test('is the same for the same name, and another for every other', async () => {
    const codec = await codecOf(`k1 ${KEY}`);
    expect(codec.hide('bucket')).toBe(codec.hide('bucket'));
    expect(codec.hide('bucket')).not.toBe(codec.hide('bucket2'));
    expect(codec.hide('bucket')).toMatch(/^[0-9a-f]{32}$/);
  });

  test('stays when a key is added, and is told by nobody without the oldest key', async () => {
    const before = (await codecOf(`k1 ${KEY}`)).hide('bucket');
    expect((await codecOf(`k2 ${OTHER_KEY}`, `k1 ${KEY}`)).hide('bucket')).toBe(before);
    expect((await codecOf(`k1 ${OTHER_KEY}`)).hide('bucket')).not.toBe(before);
  });
});

describe('a key file', () => {
  test('may have comments and empty lines', async () => {
    await expect(codecOf('# the newest first', '', `k1 ${KEY}`)).resolves.toBeDefined();
  });

  test('may hold a data key that KMS decrypts', async () => {
    const asked: string[] = [];
    const { current } = await parsePayloadKeys('k1 kms:c2VhbGVk', 'keys', (ciphertext) => {
      asked.push(Buffer.from(ciphertext).toString());
      return Promise.resolve(Buffer.from(KEY, 'base64'));
    });
    expect(asked).toEqual(['sealed']);
    expect(Buffer.from(current.key).toString('base64')).toBe(KEY);
  });

  test.each([
    ['', 'keys: no key in it'],
    ['k1', 'keys, line 1: expected an id and a key'],
    [`k1 ${KEY} more`, 'keys, line 1: expected an id and a key'],
    [`k/1 ${KEY}`, 'keys, line 1: expected an id of 1 to 64 letters'],
    [`# c\nk1 ${KEY}\nk1 ${OTHER_KEY}`, 'keys, line 3: the id k1 is there twice'],
    ['k1 c2hvcnQ=', 'keys, line 1: expected a key of 32 bytes, got 5'],
    [`k1 ${KEY}A`, 'keys, line 1: the key k1 is not base64'],
    ['k1 kms:!', 'keys, line 1: the key k1 is not base64'],
  ])('%j is refused with its line', async (text, problem) => {
    await expect(parsePayloadKeys(text, 'keys', noKms)).rejects.toThrow(problem);
  });

  test('that is wrong never shows a key in the error', async () => {
    const failing = parsePayloadKeys(`k1 ${KEY}A`, 'keys', noKms);
    await expect(failing).rejects.toThrow();
    await failing.catch((error: unknown) => {
      expect(String(error)).not.toContain(KEY.slice(0, 8));
    });
  });
});
