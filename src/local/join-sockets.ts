import type { Socket } from 'node:net';

/**
 * Makes of a client's connection and one to its server a pair, of which neither outlives the other. Bytes pass from the
 * client to the server; the way back is the caller's. An error of either ends both, and is nobody's.
 * @param open holds both as long as they are open
 */
export function joinSockets(client: Socket, server: Socket, open: Set<Socket>): void {
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    open.add(socket);
    socket
      .on('error', () => undefined)
      .once('close', () => {
        open.delete(socket);
        other.destroy();
      });
  }
  client.pipe(server);
}
