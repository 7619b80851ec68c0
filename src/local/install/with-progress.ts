import type { Report } from '../local-environment.js';

const QUIET_MS = 2_000;
const REPEAT_MS = 10_000;

/** Runs `work`; what takes more than two seconds is reported, then again every ten, with the seconds gone by. */
export async function withProgress<T>(title: string, report: Report, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  const seconds = (): number => Math.round((Date.now() - startedAt) / 1_000);
  const tell = (): void => {
    report(`${title} … ${String(seconds())} s`);
  };
  let repeating: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tell();
    repeating = setInterval(tell, REPEAT_MS);
  }, QUIET_MS);
  try {
    const result = await work();
    if (repeating !== undefined) report(`${title}: done in ${String(seconds())} s`);
    return result;
  } finally {
    clearTimeout(first);
    clearInterval(repeating);
  }
}
