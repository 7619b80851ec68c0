import { MidstateError } from './failures.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A point in time as ISO 8601, from one such (`2026-11-25`, `2026-11-25T10:00:00Z`) or from so long ago (`90s`, `30m`,
 * `2h`, `3d`).
 * @throws MidstateError InvalidInput
 */
export function parseMoment(text: string, nowMs: number): string {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (count !== undefined && unitMs !== undefined)
    return new Date(nowMs - Number(count) * unitMs).toISOString();
  const timeMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(timeMs)) return new Date(timeMs).toISOString();
  throw new MidstateError('InvalidInput', 'time: expected 30m, 2h, 3d (ago) or 2026-11-25T10:00:00Z', {
    facts: { actual: text },
  });
}
