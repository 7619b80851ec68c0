import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_FOLDER, type Architecture } from '../../sam/build/build-targets.js';
import { runBuild } from '../../sam/build/run-build.js';
import { BacklogInvoker } from '../../sam/local/backlog-invoker.js';
import type { InvocationReport } from '../../sam/local/execution-environment.js';
import {
  openFunctions,
  type OpenFunction,
  type OpenFunctionsOptions,
} from '../../sam/local/open-functions.js';
import { findRuntimeClient, plainRuntimeClient } from '../../sam/local/runtime-client.js';
import { unpackArtefacts, type UnpackedArtefacts } from '../../sam/local/unpack-artefacts.js';
import { servedClasses } from '../../sam/local/serve-classes.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { readLedger } from '../../src/worker/read-ledger.js';
import { realActivities, startInProcessWorkers, type InProcessWorkers } from './in-process-workers.js';
import { SlowNetwork } from './slow-network.js';
import { connectStack, ensureBucket, type StackClients } from './stack-clients.js';
import { theStack } from './the-stack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ARCHITECTURE: Architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** Uploads to it are announced to nobody. */
const BUCKET = 'lambda';

export interface LambdaStageOptions {
  readonly workerTimeoutSeconds: number;
  /** Of what the functions read from S3. Default: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** More variables for the functions. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The built functions in execution environments of their own, on the shared stack, with a workflow worker beside them. */
export class LambdaStage {
  readonly taskQueuePrefix = `lambda-${randomUUID()}`;
  readonly bucket = BUCKET;
  readonly reports: { readonly name: string; readonly report: InvocationReport }[] = [];
  readonly errors: unknown[] = [];
  functions!: ReadonlyMap<string, OpenFunction>;
  /** What they were opened with. */
  functionOptions!: OpenFunctionsOptions;
  #workflows!: InProcessWorkers;
  #invoker: BacklogInvoker | undefined;
  readonly #log: string[] = [];

  private constructor(
    readonly clients: StackClients,
    readonly network: SlowNetwork,
    private readonly ledgers: string,
    private readonly artefacts: UnpackedArtefacts,
  ) {}

  static async open({
    workerTimeoutSeconds,
    bytesPerSecond,
    variables = {},
  }: LambdaStageOptions): Promise<LambdaStage> {
    const { env, urls, workflowBundle, scratchDir } = theStack();
    const folder = join(ROOT, BUILD_FOLDER, ARCHITECTURE);
    await runBuild({
      root: ROOT,
      architecture: ARCHITECTURE,
      portable: false,
      folder,
      print: () => undefined,
    });
    const ledgers = join(scratchDir, `ledgers-${randomUUID()}`);
    mkdirSync(ledgers);
    const clients = await connectStack(urls);
    await ensureBucket(clients.s3, BUCKET);
    const artefacts = unpackArtefacts(join(folder, 'template.yaml'));
    const network = await SlowNetwork.open(urls.s3, bytesPerSecond);
    const stage = new LambdaStage(clients, network, ledgers, artefacts);
    stage.functionOptions = {
      template: artefacts.template,
      values: {
        BucketName: BUCKET,
        TemporalAddress: urls.temporalAddress,
        TaskQueuePrefix: stage.taskQueuePrefix,
        WorkerTimeoutSeconds: workerTimeoutSeconds,
        MemoryClasses: '128',
        Algorithms: 'sha1',
      },
      env: { ...env, AWS_ENDPOINT_URL_S3: stage.network.url },
      client: findRuntimeClient(localCacheDir(process.env)) ?? plainRuntimeClient(ROOT),
      log: (name, line) => stage.#log.push(`${name} ${line}`),
      variables: (name, index) => ({ ...variables, MIDSTATE_READ_LEDGER: join(ledgers, `${name}-${index}`) }),
    };
    stage.functions = openFunctions(stage.functionOptions);
    stage.#workflows = await startInProcessWorkers({
      temporalAddress: urls.temporalAddress,
      taskQueuePrefix: stage.taskQueuePrefix,
      workflowBundle,
      activities: await realActivities(urls.s3),
      memoryClassesMB: [],
    });
    return stage;
  }

  /** Invokes worker functions while work waits for them. */
  startInvoker(): void {
    this.#invoker = new BacklogInvoker({
      classes: servedClasses(this.functions, {
        connection: this.clients.temporal.connection,
        namespace: 'default',
        taskQueuePrefix: this.taskQueuePrefix,
      }),
      most: 2,
      intervalMs: 200,
      onReport: (name, report) => this.reports.push({ name, report }),
      onError: (_name, error) => this.errors.push(error),
    });
    this.#invoker.start();
  }

  /** Resolves when the invocations that it began have ended. */
  async stopInvoker(): Promise<void> {
    await this.#invoker?.stop();
    this.#invoker = undefined;
  }

  function(name: string): OpenFunction {
    const found = this.functions.get(name);
    if (found === undefined) throw new Error(`no function ${name}`);
    return found;
  }

  /** What all environments have read from S3, those that were killed included. */
  bytesRead(): number {
    return readdirSync(this.ledgers).reduce(
      (sum, file) => sum + readLedger(join(this.ledgers, file)).bytesRead,
      0,
    );
  }

  /** What the functions wrote. */
  log(): string {
    return this.#log.join('\n');
  }

  async close(): Promise<void> {
    const stopped = this.stopInvoker();
    await Promise.all([...this.functions.values()].map(({ local }) => local.stop()));
    await stopped;
    await this.#workflows.stop();
    await this.clients.close();
    await this.network.close();
    this.artefacts.remove();
  }
}
