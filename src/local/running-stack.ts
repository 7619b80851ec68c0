import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { localS3Client, localSqsClient } from './aws-clients.js';
import { EventBridge } from './event-bridge.js';
import type { LocalPorts } from './ports.js';
import type { RunRecord } from './process/run-record.js';
import { ServerProcess, type ServerLaunch } from './process/server-process.js';
import { provisionBucket } from './provision-bucket.js';
import { provisionNamespace } from './provision-namespace.js';
import { provisionQueues } from '../storage/provision-queues.js';
import { planServers, type ServerPlans } from './servers/plan-servers.js';
import type { LocalProcess, LocalStack, LocalUrls, ServerName, StackSettings } from './stack-options.js';

export interface StackParts {
  readonly settings: StackSettings;
  readonly ports: LocalPorts;
  readonly urls: LocalUrls;
  readonly env: Record<string, string>;
  readonly record: RunRecord;
}

/** The servers of one stack and the bridge between them, started side by side and stopped in order. */
export class RunningStack implements LocalStack {
  readonly urls: LocalUrls;
  readonly env: Record<string, string>;
  readonly #servers = new Map<ServerName, ServerProcess>();
  readonly #s3: S3Client;
  readonly #sqs: SQSClient;
  readonly #bridge: EventBridge;
  #stopping: Promise<void> | undefined;

  constructor(private readonly parts: StackParts) {
    const { settings, ports, urls } = parts;
    this.urls = urls;
    this.env = parts.env;
    this.#s3 = localS3Client(urls.s3);
    this.#sqs = localSqsClient(urls.sqs);
    this.#bridge = new EventBridge({
      s3: this.#s3,
      sqs: this.#sqs,
      bucket: settings.bucket,
      queueUrl: urls.queueUrl,
      port: ports.eventBridge,
      filter: settings.eventFilter,
      dataDir: settings.dataDir,
      sweepIntervalMs: settings.sweepIntervalMs,
      report: settings.report,
    });
  }

  /** Starts all servers at once, each as soon as it is found; on the first failure gives up and ends them all. */
  async start(): Promise<void> {
    const { settings, ports } = this.parts;
    const givenUp = new AbortController();
    const signal = AbortSignal.any([givenUp.signal, settings.signal].filter((s) => s !== undefined));
    const plans = planServers({ ...settings, signal }, ports);
    const starts = [
      this.#startTemporal(plans, signal),
      this.#startS3(plans, signal),
      this.#startSqs(plans, signal),
    ];
    try {
      await Promise.all(starts);
    } catch (error) {
      givenUp.abort();
      await Promise.allSettled(starts);
      await this.stop();
      throw error;
    }
    this.#bridge.startSweeps();
  }

  get processes(): readonly LocalProcess[] {
    return [...this.#servers].flatMap(([name, { ref, launch }]) =>
      ref === undefined ? [] : [{ name, pid: ref.pid, logFile: launch.logFile }],
    );
  }

  readonly bridge = {
    stop: (): Promise<void> => this.#bridge.stop(),
    start: async (): Promise<void> => {
      await this.#bridge.listen();
      this.#bridge.startSweeps();
    },
    sweepNow: (): Promise<number> => this.#bridge.sweepNow(),
  };

  async killServer(name: ServerName): Promise<void> {
    await this.#servers.get(name)?.kill();
  }

  async restartServer(name: ServerName): Promise<void> {
    await this.#servers.get(name)?.stop();
    await this.#servers.get(name)?.start();
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  /** S3 before the bridge, so that no upload comes in unheard; the bridge while the queue still takes its events. */
  async #stopInOrder(): Promise<void> {
    const temporalStopped = this.#servers.get('temporal')?.stop();
    await this.#bridge.stopSweeps();
    await this.#servers.get('s3')?.stop();
    await this.#bridge.dispose();
    await this.#servers.get('sqs')?.stop();
    await temporalStopped;
    this.#s3.destroy();
    this.#sqs.destroy();
    await this.parts.record.release();
  }

  async #startTemporal(plans: ServerPlans, signal: AbortSignal): Promise<void> {
    await this.#startServer('temporal', await plans.temporal, signal);
    await provisionNamespace(this.urls.temporalAddress, this.parts.settings.namespace);
  }

  /** versitygw does not start while its webhook refuses connections. */
  async #startS3(plans: ServerPlans, signal: AbortSignal): Promise<void> {
    const [launch] = await Promise.all([plans.s3, this.#bridge.listen()]);
    await this.#startServer('s3', launch, signal);
    await provisionBucket(this.#s3, this.parts.settings.bucket, this.parts.settings.versioning);
  }

  async #startSqs(plans: ServerPlans, signal: AbortSignal): Promise<void> {
    const { queue, dlq } = this.parts.settings;
    await this.#startServer('sqs', await plans.sqs, signal);
    await provisionQueues(this.#sqs, queue, dlq);
  }

  async #startServer(name: ServerName, launch: ServerLaunch, signal: AbortSignal): Promise<void> {
    const server = new ServerProcess(launch, this.parts.settings.report, () => {
      this.#recordProcesses();
    });
    this.#servers.set(name, server);
    await server.start(signal);
  }

  #recordProcesses(): void {
    const running = [...this.#servers].flatMap(([name, { ref }]) =>
      ref === undefined ? [] : [{ name, ...ref }],
    );
    this.parts.record.write(running);
  }
}
