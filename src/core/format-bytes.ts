const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Formats a byte count in decimal units with three significant digits, e.g. `20 MB`, `1.25 GB`. */
export function formatBytes(bytes: number): string {
  const rounded = Number(bytes.toPrecision(3));
  const power = rounded < 1 ? 0 : Math.min(Math.floor(Math.log10(rounded) / 3), UNITS.length - 1);
  return `${String(Number((rounded / 1000 ** power).toPrecision(3)))} ${UNITS[power] ?? 'B'}`;
}
