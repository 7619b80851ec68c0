/** What a process needs in order to do its work. */
export interface Readiness {
  /** Adds a check; it resolves with what is wrong, or undefined. A check that throws is not ready. */
  add(name: string, check: () => Promise<string | undefined> | string | undefined): void;
  /** Each check's answer, `ok` or what is wrong. */
  look(): Promise<{ readonly isReady: boolean; readonly checks: Readonly<Record<string, string>> }>;
}

/** A check that has not answered by then is not ready; probes of orchestrators wait a second or more. */
const CHECK_TIMEOUT_MS = 900;

export function createReadiness(): Readiness {
  const checks = new Map<string, () => Promise<string | undefined> | string | undefined>();
  return {
    add: (name, check) => checks.set(name, check),
    async look() {
      const answers = await Promise.all(
        [...checks].map(async ([name, check]) => [name, (await within(check)) ?? 'ok'] as const),
      );
      return {
        isReady: checks.size > 0 && answers.every(([, answer]) => answer === 'ok'),
        checks: Object.fromEntries(answers),
      };
    },
  };
}

async function within(
  check: () => Promise<string | undefined> | string | undefined,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${String(CHECK_TIMEOUT_MS)} ms`);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
