/** Status and headers of an HTTP/1.1 or HTTP/1.0 response. */
export interface ResponseHead {
  readonly statusCode: number;
  /** Names in lower case; of a name that comes twice, the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Parses what stands before a response's body, without the empty line; undefined when it is not HTTP/1. HTTP/1.0 closes
 * its connections unless it says otherwise: the headers then say `connection: close`.
 */
export function tryParseResponseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  if (minor === '0') headers['connection'] ??= 'close';
  return { statusCode: Number(status), headers };
}
