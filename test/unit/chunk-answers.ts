import type { Socket } from 'node:net';
import type { Answer, S3ShapedServer } from './s3-shaped-server.js';

/** Has the server answer the first requests that start at `startByte` so, one each; all others as before. */
export function answerAt(server: S3ShapedServer, startByte: number, ...answers: Answer[]): void {
  const otherwise = server.always;
  server.always = (response, request, its) => {
    const answer = request.startByte === startByte ? answers.shift() : undefined;
    (answer ?? otherwise)(response, request, its);
  };
}

/** Sends the first `length` bytes of the body, and the rest once `released` resolves. */
export function heldAnswer(length: number, released: Promise<void>): Answer {
  return (response, request, server) => {
    server.head(response, request);
    response.flushHeaders();
    if (length > 0) response.write(server.body(request, length));
    void released.then(() => {
      response.end(server.body(request).subarray(length));
    });
  };
}

/** Counts the connections that are open among those that `answers` go out on. */
export class OpenConnections {
  readonly #open = new Set<Socket>();

  get count(): number {
    return this.#open.size;
  }

  watch(answer: Answer): Answer {
    return (response, request, server) => {
      const { socket } = response as { socket: Socket | null };
      if (socket !== null && !this.#open.has(socket)) {
        this.#open.add(socket);
        socket.once('close', () => this.#open.delete(socket));
      }
      answer(response, request, server);
    };
  }
}
