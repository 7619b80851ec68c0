import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { MidstateError } from '../core/failures.js';

export const LOOPBACK = '127.0.0.1';

export interface LocalPorts {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly s3: number;
  readonly sqs: number;
  readonly eventBridge: number;
}

/** Where the servers listen unless told otherwise: Temporal's, versitygw's and ElasticMQ's own defaults. */
export const FIXED_PORTS: LocalPorts = {
  temporal: 7233,
  temporalUi: 8233,
  s3: 7070,
  sqs: 9324,
  eventBridge: 7071,
};

const USERS: Readonly<Record<keyof LocalPorts, string>> = {
  temporal: 'the Temporal server',
  temporalUi: "Temporal's Web UI",
  s3: 'the S3 server',
  sqs: 'the SQS server',
  eventBridge: 'the bridge from S3 events to SQS',
};

/** `fixed`: the defaults; `free`: whatever the system has free; an object: the defaults with these changed. */
export type PortChoice = 'fixed' | 'free' | Partial<LocalPorts>;

/**
 * The ports to use, each of them free a moment ago.
 * @throws MidstateError InvalidInput naming every port that is taken, who needs it, and the option to change
 */
export async function choosePorts(choice: PortChoice): Promise<LocalPorts> {
  if (choice === 'free') return freePorts();
  const ports = { ...FIXED_PORTS, ...(choice === 'fixed' ? {} : choice) };
  const names = Object.keys(USERS) as (keyof LocalPorts)[];
  const taken: string[] = [];
  for (const name of names) {
    const sharing = names.find((other) => other !== name && ports[other] === ports[name]);
    if (sharing !== undefined)
      taken.push(`${String(ports[name])} (${USERS[name]}, and ${USERS[sharing]} too)`);
    else if (!(await isFree(ports[name])))
      taken.push(`${String(ports[name])} (${USERS[name]}; --ports ${name}=PORT)`);
  }
  if (taken.length === 0) return ports;
  throw new MidstateError(
    'InvalidInput',
    `local stack: already in use on ${LOOPBACK}: port ${taken.join(', port ')}. ` +
      'Stop what listens there, or choose other ports (--ports free takes any)',
  );
}

async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/**
 * Below the ports that systems give to outgoing connections (Linux from 32,768, macOS from 49,152): one of those may
 * be taken by any connection between the look here and the server's start, and ElasticMQ then waits for ever.
 */
const FREE_RANGE = { from: 20_000, to: 32_000 } as const;

/** All are held at once before any is given back, so that no two are the same. */
async function freePorts(): Promise<LocalPorts> {
  const names = Object.keys(USERS) as (keyof LocalPorts)[];
  const held = await Promise.all(names.map(async (name) => [name, await listenSomewhere()] as const));
  const ports = held.map(([name, server]) => [name, (server.address() as AddressInfo).port]);
  await Promise.all(held.map(([, server]) => close(server)));
  return Object.fromEntries(ports) as LocalPorts;
}

async function listenSomewhere(): Promise<Server> {
  for (;;) {
    try {
      return await listen(randomInt(FREE_RANGE.from, FREE_RANGE.to));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
