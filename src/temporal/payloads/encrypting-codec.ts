import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import { MidstateError } from '../../core/failures.js';
import type { PayloadKey, PayloadKeys } from './payload-keys.js';

/** What Temporal's own samples and Web UI call an encrypted payload. */
const ENCODING = Buffer.from('binary/encrypted');
const KEY_ID = 'encryption-key-id';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D, 8.2.2: 96 random bits are safe for 2^32 payloads of one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NAME_HEX_DIGITS = 32;

/**
 * Encrypts every payload with AES-256-GCM, so that Temporal stores neither object names nor checkpoints in clear. Data:
 * nonce (12 bytes), ciphertext of the whole payload, its metadata too (`packed`), tag (16 bytes); the key's id is
 * authenticated.
 */
export class EncryptingCodec implements PayloadCodec {
  constructor(private readonly keys: PayloadKeys) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.#encrypt(payload)));
  }

  /**
   * Payloads that are not encrypted are handed on as they are: jobs from before the keys go on.
   * @throws MidstateError InvalidInput when the key is missing, or the payload was altered
   */
  // eslint-disable-next-line @typescript-eslint/require-await -- what is thrown must reject
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  /** A name in the place of `text`: the same for the same text, told by nobody who has not the keys. 32 hex digits. */
  hide(text: string): string {
    return createHmac('sha256', this.keys.namesKey).update(text).digest('hex').slice(0, NAME_HEX_DIGITS);
  }

  #encrypt(payload: Payload): Payload {
    const { id, key } = this.keys.current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
    const data = Buffer.concat([nonce, cipher.update(packed(payload)), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { [METADATA_ENCODING_KEY]: ENCODING, [KEY_ID]: Buffer.from(id) }, data };
  }

  #decrypt({ metadata, data }: Payload): Payload {
    const id = Buffer.from(metadata?.[KEY_ID] ?? []).toString();
    const key = this.keys.byId.get(id);
    if (key === undefined) {
      throw unreadable(
        `it was encrypted with the key ${JSON.stringify(id)}, which the key file has not; add it back`,
      );
    }
    return unpacked(open(key, Buffer.from(data ?? [])));
  }
}

const LENGTH_BYTES = 4;

/** A payload in one piece: the length of its metadata (4 bytes, big-endian), those as JSON of base64, its data. */
function packed({ metadata, data }: Payload): Buffer {
  const base64 = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value).toString('base64'),
  ]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(base64)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? Buffer.alloc(0)]);
}

function unpacked(bytes: Buffer): Payload {
  const dataAt = LENGTH_BYTES + bytes.readUInt32BE();
  const base64 = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, dataAt)) as Record<string, string>;
  const metadata = Object.entries(base64).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return {
    metadata: Object.fromEntries(metadata) as Record<string, Uint8Array>,
    data: bytes.subarray(dataAt),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  const encoding = metadata?.[METADATA_ENCODING_KEY];
  return encoding != null && ENCODING.equals(encoding);
}

function open({ id, key }: PayloadKey, sealed: Buffer): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw unreadable('it is cut short');
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(id))
    .setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw unreadable(`it was altered, or the key ${id} is another than the one that encrypted it`);
  }
}

function unreadable(problem: string): MidstateError {
  return new MidstateError('InvalidInput', `payload from Temporal: ${problem}`);
}
