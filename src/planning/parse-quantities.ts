import { MidstateError } from '../core/failures.js';

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  seconds: 1,
  m: 60,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3_600,
  hour: 3_600,
  hours: 3_600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
};

function wrong(what: string, expected: string, got: string): MidstateError {
  return new MidstateError('InvalidInput', `plan: ${what}: expected ${expected}, got "${got}"`);
}

/** A number with commas or underscores between its digits, e.g. `10,000`; undefined where it is none. */
export function tryParseNumber(text: string): number | undefined {
  const digits = text.trim().replace(/(?<=\d)[,_](?=\d{3})/g, '');
  return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}

/** Bytes of `100 MB`, `1.5GiB`, `4096`; undefined where it is no size. Decimal units unless they say otherwise. */
export function tryParseSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^\s*([\d.,_]+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const [number, bytes] = [tryParseNumber(amount), unit === '' ? 1 : BYTES[unit.toLowerCase()]];
  return number === undefined || bytes === undefined ? undefined : Math.round(number * bytes);
}

/**
 * Bytes of `100 MB`, `1.5GiB`, `4096`.
 * @throws MidstateError InvalidInput
 */
export function parseSize(text: string): number {
  const bytes = tryParseSize(text);
  if (bytes === undefined) throw wrong('size', 'one like 100 MB or 1.5 GiB', text);
  return bytes;
}

/**
 * Seconds of `90s`, `30 min`, `1h`; a unit without a number is one of it (`hour`).
 * @throws MidstateError InvalidInput
 */
export function parseSeconds(text: string): number {
  const [, amount = '', unit = ''] = /^\s*([\d.,_]*)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const [number, seconds] = [amount === '' ? 1 : tryParseNumber(amount), SECONDS[unit.toLowerCase()]];
  if (number === undefined || seconds === undefined || number <= 0) {
    throw wrong('time', 'one like 90s, 30m, 1h or 2d', text);
  }
  return number * seconds;
}

/**
 * A whole number from 1 up, e.g. `10,000`.
 * @throws MidstateError InvalidInput
 */
export function parseCount(text: string, what: string): number {
  const count = tryParseNumber(text);
  if (count === undefined || !Number.isSafeInteger(count) || count < 1) {
    throw wrong(what, 'a whole number from 1', text);
  }
  return count;
}

/**
 * A number above 0.
 * @throws MidstateError InvalidInput
 */
export function parsePositive(text: string, what: string): number {
  const number = tryParseNumber(text);
  if (number === undefined || number <= 0) throw wrong(what, 'a number above 0', text);
  return number;
}
