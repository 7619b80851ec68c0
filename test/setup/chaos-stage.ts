import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HashObjectResult } from '../../src/core/contracts.js';
import type { MemoryClassMB } from '../../src/core/memory-classes.js';
import { SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { sampleReads, type ReadSamples } from '../../src/demo/read-samples.js';
import { localCacheDir } from '../../src/local/local-environment.js';
import { startLocalStack } from '../../src/local/local-stack.js';
import type * as pipelineModule from '../../src/local/pipeline.js';
import type { LocalStack } from '../../src/local/stack-options.js';
import type { SupervisedProcess } from '../../src/local/supervisor.js';
import { resultOf } from './jobs.js';
import { SlowNetwork } from './slow-network.js';
import { connectStack, type StackClients } from './stack-clients.js';

const BUILT_PIPELINE = new URL('../../dist/src/local/pipeline.js', import.meta.url).href;

/** A stack and the product on it for one test file, to be killed piece by piece. S3 is reached over a slow network. */
export class ChaosStage {
  private constructor(
    readonly stack: LocalStack,
    readonly clients: StackClients,
    readonly network: SlowNetwork,
    private readonly pipeline: pipelineModule.Pipeline,
    private readonly dataDir: string,
  ) {}

  static async open(
    bytesPerSecond: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<ChaosStage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'midstate-chaos-'));
    const report = (line: string) => process.stderr.write(`${line}\n`);
    const stack = await startLocalStack({
      dataDir: join(dataDir, 'stack'),
      cacheDir: localCacheDir(process.env),
      env: process.env,
      ports: 'free',
      searchAttributes: SEARCH_ATTRIBUTES,
      report,
    });
    const network = await SlowNetwork.open(stack.urls.s3, bytesPerSecond);
    const { startPipeline } = (await import(BUILT_PIPELINE)) as typeof pipelineModule;
    const pipeline = startPipeline({
      env: {
        ...process.env,
        NODE_NO_WARNINGS: '1',
        ...stack.env,
        AWS_ENDPOINT_URL_S3: network.url,
        ...settings,
      },
      dataDir,
      memoryClassesMB: [256, 512],
      report,
    });
    return new ChaosStage(stack, await connectStack(stack.urls), network, pipeline, dataDir);
  }

  async close(): Promise<void> {
    await this.pipeline.stop();
    await this.network.close();
    await this.clients.close();
    await this.stack.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get bucket(): string {
    return this.stack.env['MIDSTATE_BUCKET'] ?? '';
  }

  get poller(): SupervisedProcess {
    return this.pipeline.poller;
  }

  hashWorker(memoryMB: MemoryClassMB): SupervisedProcess {
    const worker = this.pipeline.hashWorkers.get(memoryMB);
    if (worker === undefined) throw new Error(`no ${String(memoryMB)} MB worker`);
    return worker;
  }

  /** Follows what the hash worker of a class reads from S3; a worker that is started again begins at zero. */
  readsOf(memoryMB: MemoryClassMB): ReadSamples {
    return sampleReads(this.pipeline.readLedgerOf(memoryMB));
  }

  async resultOf(key: string): Promise<HashObjectResult> {
    return resultOf(this.clients.temporal, { bucket: this.bucket, key });
  }
}

/** Sends a signal to a supervised process, and resolves when another has taken its place. */
export async function strike(target: SupervisedProcess, signal: NodeJS.Signals): Promise<void> {
  const { pid } = target;
  if (pid === undefined) throw new Error(`${target.name} is not running`);
  const replaced = new Promise<void>((resolve) => {
    target.onRestart(() => {
      resolve();
    });
  });
  process.kill(pid, signal);
  await replaced;
}
