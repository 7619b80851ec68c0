/**
 * Compares two sequencers of one key, as S3's documentation says: hex strings, the shorter one padded with zeros on
 * its left. Negative when `a` is the older one; 0 for the same event.
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((text) => text.toUpperCase().padStart(length, '0')) as [string, string];
  return left === right ? 0 : left < right ? -1 : 1;
}
