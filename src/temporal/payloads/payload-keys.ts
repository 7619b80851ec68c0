import { hkdfSync } from 'node:crypto';
import { MidstateError } from '../../core/failures.js';

/** A key of AES-256, and the name by which payloads say that they were encrypted with it. */
export interface PayloadKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface PayloadKeys {
  /** Encrypts. */
  readonly current: PayloadKey;
  /** Each of them decrypts. */
  readonly byId: ReadonlyMap<string, PayloadKey>;
  /** 32 bytes, derived from the oldest key: names must stay the same when a key is added. */
  readonly namesKey: Uint8Array;
}

const KEY_BYTES = 32;
const KMS = 'kms:';

/** Decrypts a data key that a key management service has encrypted. */
export type DecryptDataKey = (ciphertext: Uint8Array) => Promise<Uint8Array>;

/**
 * Reads the lines of a key file, the newest key first: `id base64`, or `id kms:base64` for a data key that AWS KMS has
 * encrypted. Empty lines and those that begin with `#` are left out.
 *
 * @param text never put into an error: it holds keys
 * @param path only named in errors
 * @throws MidstateError InvalidInput, with the line's number
 */
export async function parsePayloadKeys(
  text: string,
  path: string,
  decryptDataKey: DecryptDataKey,
): Promise<PayloadKeys> {
  const byId = new Map<string, PayloadKey>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const wrong = (problem: string) => invalid(`${path}, line ${String(index + 1)}: ${problem}`);
    const [id, value, ...more] = line.trim().split(/\s+/);
    if (id === undefined || value === undefined || more.length > 0) {
      throw wrong('expected an id and a key in base64, with a space between them');
    }
    if (!/^[\w.-]{1,64}$/.test(id)) throw wrong('expected an id of 1 to 64 letters, digits and . _ -');
    if (byId.has(id)) throw wrong(`the id ${id} is there twice`);
    const isSealed = value.startsWith(KMS);
    const bytes = tryBase64(isSealed ? value.slice(KMS.length) : value);
    if (bytes === undefined) throw wrong(`the key ${id} is not base64`);
    const key = isSealed ? await decryptDataKey(bytes) : bytes;
    if (key.length !== KEY_BYTES) {
      throw wrong(`expected a key of ${String(KEY_BYTES)} bytes, got ${String(key.length)}`);
    }
    byId.set(id, { id, key });
  }
  const keys = [...byId.values()];
  const [current, oldest] = [keys[0], keys.at(-1)];
  if (current === undefined || oldest === undefined) {
    throw invalid(`${path}: no key in it; make one with: echo "k1 $(openssl rand -base64 32)"`);
  }
  return {
    current,
    byId,
    namesKey: new Uint8Array(hkdfSync('sha256', oldest.key, '', 'midstate names', KEY_BYTES)),
  };
}

/** Buffer's own decoder skips what it does not understand; a key is right to the last character. */
function tryBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function invalid(message: string): MidstateError {
  return new MidstateError('InvalidInput', `payload keys: ${message}`);
}
