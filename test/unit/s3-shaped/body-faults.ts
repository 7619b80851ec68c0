import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Answer, S3ShapedServer, SeenRequest } from '../s3-shaped-server.js';
import { headText } from './answers.js';
import type { WireResponse } from './wire-response.js';

/** How many bytes of a body of `length` go well before a fault strikes. */
export type Place = (length: number) => number;

type Script = (response: WireResponse, request: SeenRequest, server: S3ShapedServer) => Promise<void>;

/** An answer that takes its time. */
export function scripted(script: Script): Answer {
  return (response, request, server) => {
    void script(response, request, server);
  };
}

function lengthOf({ startByte, endByteExclusive }: SeenRequest): number {
  return endByteExclusive - startByte;
}

/** Sends a good head, and the body up to `place`. */
function beginBody(response: WireResponse, request: SeenRequest, server: S3ShapedServer, place: Place): void {
  server.head(response, request);
  response.write(server.body(request, place(lengthOf(request))));
}

/** Sends no byte after `place`, for ever. */
export const stallAt = (place: Place): Answer => {
  return (response, request, server) => {
    beginBody(response, request, server, place);
  };
};

/** Closes the connection (FIN) at `place`. */
export const cutAt = (place: Place): Answer => {
  return (response, request, server) => {
    beginBody(response, request, server, place);
    response.destroy();
  };
};

/** A reader that reads ahead need not deliver what it has; others tell of it ten times a second. */
const DELIVERY_MS = 400;

/** Breaks the connection (RST) at `place`, once the reader has delivered what came before: a reset overtakes bytes. */
export const resetAt = (place: Place): Answer =>
  scripted(async (response, request, server) => {
    beginBody(response, request, server, place);
    const position = request.startByte + place(lengthOf(request));
    const deadlineMs = performance.now() + DELIVERY_MS;
    while (server.delivered < position && performance.now() < deadlineMs) await nextTurn();
    response.reset();
  });

/** Pauses for `ms` at `place`, then goes on. */
export const pauseAt = (place: Place, ms: number): Answer =>
  scripted(async (response, request, server) => {
    beginBody(response, request, server, place);
    await delay(ms);
    response.end(server.body(request).subarray(place(lengthOf(request))));
  });

/** Sends the body in pieces of `pieceBytes`, each in a packet of its own. */
export const inPiecesOf = (pieceBytes: number): Answer =>
  scripted(async (response, request, server) => {
    server.head(response, request);
    const body = server.body(request);
    for (let at = 0; at < body.length; at += pieceBytes) {
      response.write(body.subarray(at, at + pieceBytes));
      await nextTurn();
    }
    response.complete();
  });

/** Sends the byte at `place` with its lowest bit flipped. */
export const flipBitAt = (place: Place): Answer => {
  return (response, request, server) => {
    const body = Buffer.from(server.body(request));
    const at = place(body.length);
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    server.head(response, request);
    response.end(body);
  };
};

/** Announces, and sends, the body up to `place` only, as the range asked for. */
export const shortBody = (place: Place): Answer => {
  return (response, request, server) => {
    const length = place(lengthOf(request));
    server.head(response, request, { 'content-length': String(length) });
    response.end(server.body(request, length));
  };
};

/** Sends `extra` bytes more than the range; `announced` says whether the Content-Length counts them. */
export const longBody = (extra: number, announced: boolean): Answer => {
  return (response, request, server) => {
    const length = lengthOf(request) + (announced ? extra : 0);
    server.head(response, request, { 'content-length': String(length) });
    response.end(Buffer.concat([server.body(request), Buffer.alloc(extra, 'x')]));
  };
};

/** Sends the body in HTTP chunks up to `place`, and then ends it well, or breaks off (FIN). */
export const chunkedBody = (place: Place, end: 'well' | 'cut'): Answer => {
  return (response, request, server) => {
    server.head(response, request, { 'content-length': '', 'transfer-encoding': 'chunked' });
    const body = server.body(request, place(lengthOf(request)));
    for (let at = 0; at < body.length; at += 50_000) {
      const piece = body.subarray(at, at + 50_000);
      response.write(`${piece.length.toString(16)}\r\n`);
      response.write(piece);
      response.write('\r\n');
    }
    if (end === 'cut') {
      response.write('');
      response.destroy();
      return;
    }
    response.end('0\r\n\r\n');
  };
};

/** Says neither a length nor chunks: the body ends where the connection does, at `place`. */
export const bodyUntilClose = (place: Place): Answer => {
  return (response, request, server) => {
    const headers = server.goodHeaders(request, { 'content-length': '', connection: 'close' });
    response.raw(headText('HTTP/1.1 206 Partial Content', headers));
    response.raw(server.body(request, place(lengthOf(request))));
    response.destroy();
  };
};
