/** Lambda's runtime that the functions are built for; infra/sam/template.yaml names the same. */
export const RUNTIME = 'nodejs22.x';

/** What the bundler may take for granted in that runtime. */
export const BUNDLE_TARGET = 'node22';

/** Newest glibc that Lambda's runtime has (Amazon Linux 2023). Source: AWS Lambda's developer guide, "Lambda runtimes". */
export const RUNTIME_GLIBC = '2.34';

/** A function and its layers may be so large, unpacked. Source: AWS Lambda's developer guide, "Lambda quotas": 250 MB, by which it means MiB. */
export const MAX_UNPACKED_BYTES = 250 * 1024 * 1024;

/** Lambda's names of architectures, with those of Node and of Temporal's core. */
export const ARCHITECTURES = {
  arm64: {
    nodeArch: 'arm64',
    coreRelease: 'aarch64-unknown-linux-gnu',
    compilers: ['aarch64-linux-gnu-gcc'],
  },
  x86_64: { nodeArch: 'x64', coreRelease: 'x86_64-unknown-linux-gnu', compilers: ['x86_64-linux-gnu-gcc'] },
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

export interface FunctionTarget {
  /** Name of its folder and of its archive. */
  readonly name: string;
  /** Module whose `handler` Lambda calls, from the root of the repository. */
  readonly entry: string;
  /**
   * What it calls Temporal's client for, and the methods of `WorkflowService` that these calls make. Where this is given,
   * the client is in the bundle, and speaks those methods alone; else it is in the layer, whole.
   */
  readonly temporalCalls?: Readonly<Record<string, readonly string[]>>;
}

/** The five worker functions are one package: their memory size makes the class. */
export const FUNCTIONS: readonly FunctionTarget[] = [
  {
    name: 'starter',
    entry: 'src/lambda/starter-handler.ts',
    temporalCalls: {
      'Connection.connect': ['GetSystemInfo'],
      'workflowService.getSystemInfo': ['GetSystemInfo'],
      'workflowService.describeNamespace': ['DescribeNamespace'],
      'workflow.start': ['StartWorkflowExecution'],
      'workflow.list': ['ListWorkflowExecutions'],
    },
  },
  { name: 'worker', entry: 'src/lambda/worker-handler.ts' },
];

/** Packages that stay whole and are in the layer: Temporal finds its core and its threads by path, the others belong to it. */
export const LAYER_PACKAGES = [/^@temporalio\//, /^@opentelemetry\//, /^protobufjs(?:\/|$)/];

export const LAYER = 'layer';

/** Where what was built for an architecture lies, from the root of the repository. */
export const BUILD_FOLDER = 'infra/sam/build';
