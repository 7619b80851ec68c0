/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * Parses `host:port`; an IPv6 host is written in brackets, `[::1]:9464`.
 * @throws Error that says what was expected
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new Error(`expected host:port, e.g. 127.0.0.1:9464, or [::]:9464 for every interface; got ${text}`);
  }
  return { host, port };
}

/** Formats an address as `parseListenAddress` takes it. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
