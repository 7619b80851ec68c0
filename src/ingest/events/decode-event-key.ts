import { refused } from './message-contents.js';

/**
 * Decodes a key as S3 encodes it in notifications and S3 Batch manifests: as HTML forms do, a space is `+`, everything
 * else percent-encoded UTF-8 (User Guide, "Event message structure"). Keys of EventBridge events are not encoded.
 *
 * @throws MidstateError InvalidInput when it is not encoded so
 */
export function decodeEventKey(encoded: string, where: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw refused('bad-key', `${where}: it is not URL-encoded as S3 encodes keys`, { actual: encoded });
  }
}
