/** Status and headers of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly statusCode: number;
  /** Names in lower case; of a name that comes twice, the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Parses what stands before a response's body, without the empty line; undefined when it is not HTTP/1.1. */
export function tryParseResponseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { statusCode: Number(status), headers };
}
