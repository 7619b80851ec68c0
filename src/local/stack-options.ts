import type { EventFilter } from './events/event-source.js';
import type { LocalEnvironment, Report } from './local-environment.js';
import type { PortChoice } from './ports.js';
import type { SearchAttributeType } from './servers/temporal-server.js';

export type ServerName = 'temporal' | 's3' | 'sqs';

export interface LocalStackOptions extends LocalEnvironment {
  /** Folder for everything the stack keeps: objects, messages, workflows, logs. Created if missing. */
  readonly dataDir: string;
  /** Default: `fixed`. */
  readonly ports?: PortChoice;
  /** Default: `midstate`. */
  readonly bucket?: string;
  /** Default: `midstate-events`. */
  readonly queue?: string;
  /** Default: `midstate-events-dlq`. */
  readonly dlq?: string;
  /** Turns the bucket's versioning on. Default: false. */
  readonly versioning?: boolean;
  /** Uploads whose events go to the queue. Default: all. */
  readonly eventFilter?: EventFilter;
  /** How often the bucket is searched for uploads whose event was missed. Default: 60,000. */
  readonly sweepIntervalMs?: number;
  /** Default: `default`. */
  readonly namespace?: string;
  readonly searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  readonly report: Report;
}

/** Options with their defaults filled in. */
export type StackSettings = Required<Omit<LocalStackOptions, 'ports' | 'signal'>> &
  Pick<LocalStackOptions, 'signal'>;

export function withDefaults(options: LocalStackOptions): StackSettings {
  return {
    bucket: 'midstate',
    queue: 'midstate-events',
    dlq: 'midstate-events-dlq',
    versioning: false,
    eventFilter: {},
    sweepIntervalMs: 60_000,
    namespace: 'default',
    ...options,
  };
}

export interface LocalUrls {
  /** `host:port` of the gRPC frontend. */
  readonly temporalAddress: string;
  readonly temporalUi: string;
  readonly s3: string;
  readonly sqs: string;
  readonly queueUrl: string;
  readonly dlqUrl: string;
}

export interface LocalProcess {
  readonly name: ServerName;
  readonly pid: number;
  readonly logFile: string;
}

/** A running local stack. */
export interface LocalStack {
  readonly urls: LocalUrls;
  /** Standard variables of AWS and Temporal, and midstate's own, that point at the stack. */
  readonly env: Record<string, string>;
  /** The servers that run now. */
  readonly processes: readonly LocalProcess[];
  /** Ends a server as a crash would (SIGKILL), and leaves it so; what it had acknowledged is kept. */
  killServer(name: ServerName): Promise<void>;
  /** Stops a server if it runs (SIGTERM), starts it on the same port and data, and resolves when it answers. */
  restartServer(name: ServerName): Promise<void>;
  /** The bridge that turns uploads into queue messages; `start` after `stop` makes good what was missed meanwhile. */
  readonly bridge: {
    stop(): Promise<void>;
    start(): Promise<void>;
    /** Sends the events that were not sent yet; resolves with how many those were. */
    sweepNow(): Promise<number>;
  };
  /** Ends everything that was started, in order, waiting for each; a second call waits for the first. */
  stop(): Promise<void>;
}
