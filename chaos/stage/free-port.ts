import { choosePorts } from '../../src/local/ports.js';

/** A port of loopback that was free a moment ago, and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  return (await choosePorts('free')).s3;
}
