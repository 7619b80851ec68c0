import type { ByteRange } from './ranges.js';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Formats a byte count in decimal units with three significant digits, e.g. `20 MB`, `1.25 GB`. */
export function formatBytes(bytes: number): string {
  const rounded = Number(bytes.toPrecision(3));
  const power = rounded < 1 ? 0 : Math.min(Math.floor(Math.log10(rounded) / 3), UNITS.length - 1);
  return `${String(Number((rounded / 1000 ** power).toPrecision(3)))} ${UNITS[power] ?? 'B'}`;
}

/** Formats a run of bytes in the unit of its end, with the digits that tell its ends apart: `2.0–3.0 GB`, `0–20.0 MB`. */
export function formatByteRange({ startByte, endByteExclusive }: ByteRange): string {
  const [, unit = 'B'] = formatBytes(endByteExclusive).split(' ');
  const unitBytes = 1000 ** UNITS.findIndex((name) => name === unit);
  const length = (endByteExclusive - startByte) / unitBytes;
  const digits = unit === 'B' ? 0 : Math.min(Math.max(Math.ceil(-Math.log10(length)), 1), 6);
  const start = startByte === 0 ? '0' : (startByte / unitBytes).toFixed(digits);
  return `${start}–${(endByteExclusive / unitBytes).toFixed(digits)} ${unit}`;
}
