import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { hashTaskQueue, MEMORY_CLASSES_MB } from '../../src/core/memory-classes.js';
import { SHUTDOWN_FORCE_SECONDS } from '../../src/worker/shutdown-time.js';
import { HELM, KUBECTL_VALIDATE, locateGoTool } from '../setup/go-tools.js';

const CHART = fileURLToPath(new URL('../../infra/helm/midstate', import.meta.url));
/** A helm that Go built knows no Kubernetes version of its own. */
const KUBERNETES = ['--kube-version', '1.31.0'];
const REQUIRED = {
  temporal: { address: 'temporal-frontend.temporal:7233' },
  aws: { region: 'eu-west-1' },
  queueUrl: 'https://sqs.eu-west-1.amazonaws.com/000000000000/uploads',
};
const ALL_CLASSES = Object.fromEntries(
  MEMORY_CLASSES_MB.map((memoryMB) => [memoryMB, { replicas: 2, minReplicas: 1, maxReplicas: 9 }]),
);
const EVERY_CLASS = { ...REQUIRED, memoryClasses: ALL_CLASSES };
/** Everything that can be switched on. */
const EVERYTHING = {
  ...REQUIRED,
  temporal: {
    ...REQUIRED.temporal,
    apiKeySecret: { name: 'temporal-cloud', key: 'api-key' },
    tls: { clientCertificateSecret: 'temporal-client', serverName: 'temporal.example' },
  },
  aws: { ...REQUIRED.aws, credentialsSecret: 'aws', s3Endpoint: 'http://s3:7070' },
  memoryClasses: ALL_CLASSES,
  settings: { MIDSTATE_TASK_QUEUE_PREFIX: 'eu', MIDSTATE_LOSS_BOUND_SECONDS: 5 },
  autoscaling: { enabled: true },
  setup: { enabled: true },
  metrics: { podMonitor: { enabled: true } },
  image: { pullSecrets: ['registry'] },
  serviceAccount: {
    annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::000000000000:role/midstate' },
  },
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  tolerations: [{ key: 'hashing', operator: 'Exists' }],
  priorityClassName: 'batch',
};

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly template: { readonly metadata: { labels: Record<string, string> }; readonly spec: PodSpec };
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly { readonly type: string; readonly metadata: Record<string, string> }[];
  };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
    readonly resources: { readonly requests: object; readonly limits: object };
    readonly livenessProbe: { readonly httpGet: object };
    readonly readinessProbe: { readonly httpGet: object };
    readonly securityContext: object;
  }[];
}

const scratch = mkdtempSync(join(tmpdir(), 'midstate-chart-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});
const [helm, kubectlValidate] = [await locateGoTool(HELM), await locateGoTool(KUBECTL_VALIDATE)];

function runHelm(command: 'lint' | 'template', values: object) {
  const file = join(scratch, 'values.yaml');
  writeFileSync(file, stringify(values));
  const args = command === 'lint' ? ['lint', '--strict', CHART] : ['template', 'hashing', CHART];
  const { status, stdout, stderr } = spawnSync(helm!, [...args, ...KUBERNETES, '--values', file], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: scratch },
  });
  return { status, stdout, stderr };
}

const rendered = new Map<object, Manifest[]>();

function render(values: object): Manifest[] {
  const known = rendered.get(values);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = runHelm('template', values);
  expect(status, stderr).toBe(0);
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  rendered.set(values, manifests);
  return manifests;
}

const ofKind = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind);
const nameOf = ({ metadata }: Manifest) => metadata.name;
const podOf = ({ spec }: Manifest) => spec.template.spec;

describe.skipIf(helm === undefined)('the Helm chart', () => {
  test.each([
    ['what it requires', REQUIRED],
    ['everything switched on', EVERYTHING],
  ])('passes a strict lint with %s', (_what, values) => {
    const { status, stdout } = runHelm('lint', values);

    expect(status, stdout).toBe(0);
  });

  test('names every required value that is missing', () => {
    const { status, stderr } = runHelm('template', {});

    expect(status).not.toBe(0);
    for (const path of ['/temporal/address', '/aws/region', '/queueUrl']) expect(stderr).toContain(path);
  });

  test.each([
    ['a memory class that there is not', { memoryClasses: { 300: ALL_CLASSES[512] } }],
    ['a value that it does not know', { memoryClases: ALL_CLASSES }],
    ['a setting that the chart itself sets', { settings: { MIDSTATE_QUEUE_URL: 'https://elsewhere' } }],
    ['a grace period shorter than a shutdown', { terminationGracePeriodSeconds: 10 }],
    ['an image without a version', { image: { tag: 'latest' } }],
    ['a secret in the place of a reference', { temporal: { ...REQUIRED.temporal, apiKey: 'abc' } }],
  ])('refuses %s', (_what, values) => {
    const { status, stderr } = runHelm('template', { ...REQUIRED, ...values });

    expect(status).not.toBe(0);
    expect(stderr).toContain("values don't meet the specifications of the schema");
  });

  test('serves the classes of docs and defaults, and tells the pods which they are', () => {
    const manifests = render(REQUIRED);

    expect(ofKind(manifests, 'Deployment').map(nameOf).sort()).toEqual([
      'hashing-midstate-poller',
      'hashing-midstate-worker-256',
      'hashing-midstate-worker-512',
      'hashing-midstate-workflows',
    ]);
    expect(ofKind(manifests, 'ConfigMap')[0]!.data).toMatchObject({
      MIDSTATE_MEMORY_CLASSES: '256,512',
      MIDSTATE_QUEUE_URL: REQUIRED.queueUrl,
      TEMPORAL_ADDRESS: REQUIRED.temporal.address,
    });
  });

  test.each(MEMORY_CLASSES_MB)(
    'gives a pod of %d MB that memory and its share of a CPU, no more',
    (memoryMB) => {
      const deployments = ofKind(render(EVERY_CLASS), 'Deployment');
      const worker = deployments.find((one) => nameOf(one) === `hashing-midstate-worker-${memoryMB}`)!;
      const [container] = podOf(worker).containers;
      const share = { cpu: `${Math.round((memoryMB * 1_000) / 1769)}m`, memory: `${memoryMB}Mi` };

      expect(container!.args).toEqual(['worker', '--memory-class', String(memoryMB)]);
      expect(container!.resources).toEqual({ requests: share, limits: share });
      expect(worker.spec.replicas).toBe(2);
    },
  );

  test.each([
    ['what it requires', REQUIRED],
    ['everything switched on', EVERYTHING],
  ])('runs every pod without rights, with %s', (_what, values) => {
    const pods = render(values).filter(({ kind }) => kind === 'Deployment' || kind === 'Job');

    expect(pods.length).toBeGreaterThan(3);
    for (const pod of pods.map(podOf)) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  test('probes what the pods serve, and waits for their shutdown', () => {
    for (const pod of ofKind(render(REQUIRED), 'Deployment').map(podOf)) {
      const [container] = pod.containers;
      expect(container!.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
      expect(container!.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(SHUTDOWN_FORCE_SECONDS);
    }
  });

  test('holds secrets by reference only', () => {
    const manifests = render(EVERYTHING);
    const env = manifests.flatMap(({ kind, spec }) =>
      kind === 'Deployment' ? spec.template.spec.containers.flatMap((container) => container.env ?? []) : [],
    );

    expect(ofKind(manifests, 'Secret')).toEqual([]);
    expect(env.filter(({ name }) => name === 'TEMPORAL_API_KEY').length).toBeGreaterThan(6);
    expect(env.filter(({ value }) => value !== undefined)).toEqual([]);
    expect(
      Object.keys(ofKind(manifests, 'ConfigMap')[0]!.data!).filter((name) => /SECRET|API_KEY/.test(name)),
    ).toEqual([]);
  });

  test('has one disruption budget for each Deployment, which selects its pods alone', () => {
    const manifests = render(EVERYTHING);
    const budgets = ofKind(manifests, 'PodDisruptionBudget');
    const deployments = ofKind(manifests, 'Deployment');

    for (const budget of budgets) {
      const wanted = Object.entries(budget.spec.selector!.matchLabels);
      const selected = deployments.filter(({ spec }) =>
        wanted.every(([label, value]) => spec.template.metadata.labels[label] === value),
      );
      expect(selected.map(nameOf)).toEqual([nameOf(budget)]);
    }
    expect(budgets).toHaveLength(deployments.length);
  });

  test('scales each class on the backlog of its own task queue, and leaves replicas to the scaler', () => {
    const manifests = render(EVERYTHING);
    const scaled = ofKind(manifests, 'ScaledObject');

    for (const memoryMB of MEMORY_CLASSES_MB) {
      const name = `hashing-midstate-worker-${memoryMB}`;
      const { scaleTargetRef, triggers } = scaled.find((one) => nameOf(one) === name)!.spec;
      expect(scaleTargetRef.name).toBe(name);
      expect(triggers).toMatchObject([
        {
          type: 'temporal',
          metadata: {
            taskQueue: hashTaskQueue(memoryMB, 'eu'),
            queueTypes: 'activity',
            targetQueueSize: '5',
          },
        },
      ]);
      expect(
        manifests.find((one) => one.kind === 'Deployment' && nameOf(one) === name)!.spec,
      ).not.toHaveProperty('replicas');
    }
    expect(scaled).toHaveLength(MEMORY_CLASSES_MB.length);
    expect(ofKind(render(REQUIRED), 'ScaledObject')).toEqual([]);
  });
});

describe.skipIf(helm === undefined || kubectlValidate === undefined)('Kubernetes', () => {
  test.each(['1.27', '1.30'])('%s knows every field of what the chart renders', (version) => {
    const file = join(scratch, 'manifests.yaml');
    const own = render(EVERYTHING).filter(
      ({ kind }) => !['ScaledObject', 'TriggerAuthentication', 'PodMonitor'].includes(kind),
    );
    writeFileSync(file, own.map((manifest) => stringify(manifest)).join('---\n'));

    const { status, stdout, stderr } = spawnSync(kubectlValidate!, [file, '--version', version], {
      encoding: 'utf8',
      env: { HOME: scratch },
    });

    expect(status, stdout + stderr).toBe(0);
    expect(own.length).toBeGreaterThan(15);
  });
});
