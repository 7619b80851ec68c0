const PROBE_TIMEOUT_MS = 1_000;

/** True when a GET is answered with 2xx within a second; rejects when nothing listens. */
export async function answersHttp(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.arrayBuffer();
  return response.ok;
}
