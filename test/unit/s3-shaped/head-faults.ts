import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { answerWell, type Answer } from '../s3-shaped-server.js';
import { errorDocument, headText } from './answers.js';
import { scripted } from './body-faults.js';
import type { Headers } from './wire-response.js';

const PARTIAL = 'HTTP/1.1 206 Partial Content';

/** Takes the request and says nothing, for ever. */
export const neverAnswers: Answer = () => undefined;

export const cutBeforeHead: Answer = (response) => {
  response.destroy();
};

export const resetBeforeHead: Answer = (response) => {
  response.reset();
};

/** Closes the connection (FIN) in the middle of the head. */
export const cutInHead: Answer = (response, request, server) => {
  const head = headText(PARTIAL, server.goodHeaders(request));
  response.raw(head.slice(0, head.length / 2));
  response.destroy();
};

/** Stops in the middle of the head, for ever. */
export const stallInHead: Answer = (response, request, server) => {
  const head = headText(PARTIAL, server.goodHeaders(request));
  response.raw(head.slice(0, head.length / 2));
};

/** A good answer whose head comes byte by byte. */
export const headByteByByte: Answer = scripted(async (response, request, server) => {
  for (const character of headText(PARTIAL, server.goodHeaders(request))) {
    response.raw(character);
    await nextTurn();
  }
  response.raw(server.body(request));
  response.complete();
});

/** A head that never ends, sent as fast as it goes. */
export const endlessHead: Answer = scripted(async (response) => {
  response.raw(`${PARTIAL}\r\n`);
  while (!response.socket.destroyed) {
    response.raw(`x-filler: ${'x'.repeat(10_000)}\r\n`);
    await nextTurn();
  }
});

/** A head that never ends, a header each 20 ms: the connection is never idle. */
export const tricklingHead: Answer = scripted(async (response) => {
  response.raw(`${PARTIAL}\r\n`);
  while (!response.socket.destroyed) {
    response.raw('x-filler: x\r\n');
    await delay(20);
  }
});

/** Sends something that is not HTTP, and leaves the connection open. */
export const garbage = (text: string): Answer => {
  return (response) => {
    response.raw(text);
  };
};

/** A good answer of an HTTP/1.0 server: it closes the connection. */
export const http10: Answer = (response, request, server) => {
  response.raw(headText('HTTP/1.0 206 Partial Content', server.goodHeaders(request)));
  response.raw(server.body(request));
  response.destroy();
};

/** A good answer, behind an informational one (100 Continue, 103 Early Hints) that nobody asked for. */
export const informedFirst = (statusLine: string): Answer => {
  return (response, request, server) => {
    response.raw(`${statusLine}\r\n\r\n`);
    answerWell(response, request, server);
  };
};

/** A good answer, less what `headers` change; an empty value leaves one out. */
export const withHeaders = (headers: (good: Headers) => Headers): Answer => {
  return (response, request, server) => {
    server.head(response, request, headers(server.goodHeaders(request)));
    response.end(server.body(request));
  };
};

/** The whole object where a range was asked for. */
export const wholeObject: Answer = (response, _request, server) => {
  response.writeHead(200, { 'content-length': String(server.bytes.length), etag: `"${server.etag}"` });
  response.end(server.bytes);
};

/** A good answer, after which the connection is closed though nothing said so. */
export const closesAfterwards: Answer = (response, request, server) => {
  answerWell(response, request, server);
  response.destroy();
};

/** An error of S3 that says `503`, and stops in the middle of its document. */
export const stallInError: Answer = (response) => {
  const document = errorDocument('SlowDown');
  response.writeHead(503, { 'content-length': String(document.length), 'content-type': 'application/xml' });
  response.write(document.slice(0, document.length / 2));
};

/** An error of S3 that says `503`, and is cut in the middle of its document. */
export const cutInError: Answer = (response, request, server) => {
  stallInError(response, request, server);
  response.destroy();
};

/** The error of a proxy or balancer before S3: a page, not a document. */
export const errorPage = (status: number): Answer => {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/html' });
    response.end(`<html><body><h1>${String(status)} bad day</h1></body></html>`);
  };
};
