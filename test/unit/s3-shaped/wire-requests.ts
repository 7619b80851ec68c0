import type { Socket } from 'node:net';

/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Calls `onRequest` for each request on the connection; the next one only after the one before called `done`. */
export function takeRequests(
  socket: Socket,
  onRequest: (request: WireRequest, done: () => void) => void,
): void {
  let buffered: Buffer = Buffer.alloc(0);
  let isBusy = false;
  const next = () => {
    const taken = isBusy ? undefined : tryParseRequest(buffered);
    if (taken === undefined) return;
    isBusy = true;
    buffered = buffered.subarray(taken.byteCount);
    onRequest(taken.request, () => {
      isBusy = false;
      next();
    });
  };
  socket.on('data', (bytes: Buffer) => {
    buffered = Buffer.concat([buffered, bytes]);
    next();
  });
}

function tryParseRequest(bytes: Buffer): { request: WireRequest; byteCount: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [method = '', target = ''] = requestLine.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = headEnd + 4;
  const byteCount = start + Number(headers['content-length'] ?? 0);
  if (bytes.length < byteCount) return undefined;
  return { request: { method, target, headers, body: bytes.subarray(start, byteCount) }, byteCount };
}
