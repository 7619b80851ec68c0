import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/**
 * Three projects, one after the other: `unit` needs no server; `jobs` and `stack` are given stacks. Files of `jobs` share
 * one: they have task queues and buckets of their own, or start stacks and tools of their own. Those of `stack` need the one
 * queue of uploads: there are as many stacks as files run at once. What waits most runs in more files than there are cores.
 */
const unit: TestProjectInlineConfiguration = {
  test: {
    name: 'unit',
    include: ['test/unit/**/*.test.ts', 'test/activity/**/*.test.ts', 'test/replay/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    sequence: { groupOrder: 0 },
  },
};

/** The first start on a machine may have to build the servers: that is set-up, not a test. */
const FIRST_START_MS = 20 * 60_000;

const SIDE_BY_SIDE = [
  'test/infra/**/*.test.ts',
  'test/workflow/**/*.test.ts',
  ...[
    'backfill',
    'bad-input',
    'commands',
    'local-stack*',
    'object-store-contract',
    'proof',
    'queue-source',
    'rolling-upgrade',
  ].map((name) => `test/integration/${name}.test.ts`),
];

const jobs: TestProjectInlineConfiguration = {
  test: {
    name: 'jobs',
    include: SIDE_BY_SIDE,
    globalSetup: ['test/setup/shared-stack.ts'],
    pool: 'forks',
    maxWorkers: 4,
    testTimeout: 90_000,
    hookTimeout: FIRST_START_MS,
    sequence: { groupOrder: 1 },
  },
};

const stack: TestProjectInlineConfiguration = {
  test: {
    name: 'stack',
    include: ['test/integration/**/*.test.ts', 'test/chaos/**/*.test.ts'],
    exclude: SIDE_BY_SIDE,
    globalSetup: ['test/setup/shared-stack.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: FIRST_START_MS,
    sequence: { groupOrder: 2 },
  },
};

/** Not a test: `npx vitest run --mode record` writes test/replay/histories. */
const record: TestProjectInlineConfiguration = {
  test: {
    ...stack.test,
    name: 'record',
    include: ['test/replay/record-histories.ts'],
    exclude: [],
    maxWorkers: 1,
    sequence: { groupOrder: 3 },
  },
};

/** Not tests: `npx vitest run --mode measure test/measure/<name>.ts` prints figures. */
const measure: TestProjectInlineConfiguration = {
  test: {
    ...stack.test,
    name: 'measure',
    include: ['test/measure/*.ts'],
    exclude: ['test/measure/*-workflow.ts'],
    maxWorkers: 1,
    testTimeout: 600_000,
  },
};

/** Not a test: `node scripts/ingest-drain.mjs --bench` compares the poller with a bare client loop. */
const bench: TestProjectInlineConfiguration = {
  test: {
    ...stack.test,
    name: 'bench',
    include: ['test/chaos/ingest-bench.ts'],
    exclude: [],
    maxWorkers: 1,
    sequence: { groupOrder: 4 },
  },
};

const PROJECTS: Partial<Record<string, TestProjectInlineConfiguration[]>> = {
  record: [record],
  measure: [measure],
  bench: [bench],
};

export default defineConfig(({ mode }) => ({
  test: {
    projects: PROJECTS[mode] ?? [unit, jobs, stack],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './test/setup/closing-line-reporter.ts'],
    teardownTimeout: 60_000,
  },
}));
