import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../setup/eventually.js';
import { jsonLines, midstate, RunningCommand, userEnvironment } from '../setup/midstate-cli.js';
import { theStack } from '../setup/the-stack.js';
import {
  connectStack,
  ensureBucket,
  freshBytes,
  opensslDigest,
  putObject,
  type StackClients,
} from '../setup/stack-clients.js';

const BUCKET = 'upgrade-tests';

let clients: StackClients;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
  await ensureBucket(clients.s3, BUCKET);
});

afterAll(() => clients.close());

/** Workflow workers of two versions, and a class worker without one, which is started when it is asked for. */
class Fleet {
  readonly deploymentName = `upgrade-${randomUUID()}`;
  readonly #prefix = this.deploymentName;
  readonly #running: RunningCommand[] = [];

  constructor(private readonly behavior: string) {}

  startWorkflowWorker(buildId: string): RunningCommand {
    return this.#start(['worker', '--workflows'], buildId, {
      TEMPORAL_DEPLOYMENT_NAME: this.deploymentName,
      TEMPORAL_WORKER_BUILD_ID: buildId,
      MIDSTATE_VERSIONING_BEHAVIOR: this.behavior,
    });
  }

  startClassWorker(): void {
    this.#start(['worker', '--memory-class', '256'], '256');
  }

  #start(args: string[], name: string, settings: Record<string, string> = {}): RunningCommand {
    const env = userEnvironment({ ...this.#settings, ...settings });
    const log = join(theStack().scratchDir, `${this.deploymentName}-${name}.log`);
    const command = new RunningCommand(args, env, log);
    this.#running.push(command);
    return command;
  }

  get #settings(): Record<string, string> {
    return { MIDSTATE_TASK_QUEUE_PREFIX: this.#prefix, MIDSTATE_MEMORY_CLASSES: '256' };
  }

  async makeCurrent(buildId: string): Promise<void> {
    const { workflowService, options } = clients.temporal;
    await eventually(
      () =>
        workflowService
          .setWorkerDeploymentCurrentVersion({
            namespace: options.namespace,
            deploymentName: this.deploymentName,
            buildId,
          })
          .catch(() => undefined), // not known until its first poll
      { what: `version ${buildId} is current` },
    );
  }

  async submit(key: string, body: Buffer): Promise<string> {
    await putObject(clients.s3, BUCKET, key, body);
    const { stdout } = await midstate(['submit', `s3://${BUCKET}/${key}`, '--json'], { env: this.#settings });
    return (jsonLines(stdout)[0] as { workflowId: string }).workflowId;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((command) => command.stop()));
  }
}

/** The version that ran a job's last workflow task; empty before the first. */
async function buildIdOf(workflowId: string): Promise<string> {
  const { raw } = await clients.temporal.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? '';
}

async function digestOf(workflowId: string): Promise<unknown> {
  const result = (await clients.temporal.workflow.getHandle(workflowId).result()) as { digests: unknown };
  return result.digests;
}

describe('while the second version of the workers takes over', () => {
  test.for([
    { behavior: 'pinned', endsWith: 'v1' },
    { behavior: 'auto-upgrade', endsWith: 'v2' },
  ])(
    'a job in flight that is $behavior ends with $endsWith, a new one with v2',
    async ({ behavior, endsWith }) => {
      const fleet = new Fleet(behavior);
      try {
        const bodies = [freshBytes(1_000), freshBytes(2_000)] as const;
        fleet.startWorkflowWorker('v1');
        await fleet.makeCurrent('v1');
        // No class worker runs: the job waits for its one activity.
        const inFlight = await fleet.submit(`${behavior}/in-flight`, bodies[0]);
        await eventually(async () => (await buildIdOf(inFlight)) === 'v1', { what: 'v1 runs the job' });

        fleet.startWorkflowWorker('v2');
        await fleet.makeCurrent('v2');
        const later = await fleet.submit(`${behavior}/later`, bodies[1]);
        fleet.startClassWorker();

        expect(await digestOf(inFlight)).toEqual({ sha1: opensslDigest('sha1', bodies[0]) });
        expect(await digestOf(later)).toEqual({ sha1: opensslDigest('sha1', bodies[1]) });
        expect(await buildIdOf(inFlight)).toBe(endsWith);
        expect(await buildIdOf(later)).toBe('v2');
      } finally {
        await fleet.stop();
      }
    },
  );
});
