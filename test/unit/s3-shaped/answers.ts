import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Answer } from '../s3-shaped-server.js';
import type { Headers, WireResponse } from './wire-response.js';

/** Answers with an error document of S3. */
export function errorAnswer(status: number, code: string, headers: Headers = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(errorDocument(code));
  };
}

export function errorDocument(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>m</Message></Error>`;
}

/** Sends the first `length` bytes of the body, and calls `then` once they are on their way. */
export function partialAnswer(length: number, then: (response: WireResponse) => void): Answer {
  return (response, request, server) => {
    server.head(response, request);
    response.flushHeaders();
    response.write(server.body(request, length), () => {
      then(response);
    });
  };
}

/** The head of a good answer as it goes over the wire, the empty line included. */
export function headText(statusLine: string, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${statusLine}\r\n${lines.join('')}\r\n`;
}

/** Sends a good answer whose head arrives in two packets. */
export const tornHeadAnswer: Answer = (response, request, server) => {
  const head = headText('HTTP/1.1 206 Partial Content', server.goodHeaders(request));
  void (async () => {
    response.raw(head.slice(0, head.length / 2));
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    response.raw(head.slice(head.length / 2));
    response.raw(server.body(request));
    response.complete();
  })();
};
