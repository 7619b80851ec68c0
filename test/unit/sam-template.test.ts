import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FUNCTIONS, RUNTIME } from '../../sam/build/build-targets.js';
import { MEMORY_CLASSES_MB, memoryClass } from '../../src/core/memory-classes.js';
import { MAX_RECEIVE_COUNT } from '../../src/storage/provision-queues.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Properties {
  readonly MemorySize?: number;
  readonly Timeout?: number;
  readonly VisibilityTimeout?: number;
  readonly CodeUri?: string;
  readonly Layers?: readonly string[];
  readonly RedrivePolicy?: { readonly maxReceiveCount: number };
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
  readonly Policies?: unknown;
}

interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Description?: string; readonly Type: string }>>;
  readonly Globals: { readonly Function: { readonly Runtime: string } };
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;
}

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** CloudFormation's short forms (`!Ref`) are read as the values that they tag. */
const template = parse(read('infra/sam/template.yaml'), { logLevel: 'silent' }) as Template;
const propertiesOf = (name: string) => template.Resources[name]!.Properties;

/** All statements in a role, also those behind a condition. */
function statementsOf(value: unknown): Statement[] {
  if (Array.isArray(value)) return value.flatMap(statementsOf);
  if (typeof value !== 'object' || value === null) return [];
  if ('Sid' in value) return [value as Statement];
  return Object.values(value).flatMap(statementsOf);
}

describe('infra/sam/template.yaml', () => {
  test.each(MEMORY_CLASSES_MB)('has a function of %d MB, with the heap that its class has', (memoryMB) => {
    const { maxOldSpaceMB, maxSemiSpaceMB } = memoryClass(memoryMB);
    const { MemorySize, Environment, CodeUri } = propertiesOf(`Worker${memoryMB}Function`);

    expect(MemorySize).toBe(memoryMB);
    expect(CodeUri).toBe('build/worker.zip');
    expect(Environment!.Variables['NODE_OPTIONS']).toBe(
      `--max-old-space-size=${maxOldSpaceMB} --max-semi-space-size=${maxSemiSpaceMB}`,
    );
  });

  test('runs on the runtime that is built for, and deploys each archive', () => {
    const functions = Object.values(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Serverless::Function',
    );

    expect(template.Globals.Function.Runtime).toBe(RUNTIME);
    expect([...new Set(functions.map(({ Properties: { CodeUri } }) => CodeUri))].sort()).toEqual(
      FUNCTIONS.map(({ name }) => `build/${name}.zip`).sort(),
    );
  });

  test('gives the layer to the worker functions, and none to the starter, which is whole', () => {
    for (const memoryMB of MEMORY_CLASSES_MB)
      expect(propertiesOf(`Worker${memoryMB}Function`).Layers).toEqual(['DependenciesLayer']);

    expect(propertiesOf('StarterFunction').Layers).toBeUndefined();
    expect(template.Globals.Function).not.toHaveProperty('Layers');
  });

  test('hides a message for six times as long as the starter may take, and gives it up as set-up does', () => {
    const { VisibilityTimeout, RedrivePolicy } = propertiesOf('Queue');

    expect(VisibilityTimeout).toBe(6 * propertiesOf('StarterFunction').Timeout!);
    expect(RedrivePolicy!.maxReceiveCount).toBe(MAX_RECEIVE_COUNT);
  });

  test('describes every parameter', () => {
    for (const [name, { Description }] of Object.entries(template.Parameters))
      expect(Description?.length ?? 0, name).toBeGreaterThan(20);
  });

  test('names every action and resource in its roles, but for X-Ray’s, which have none', () => {
    const statements = ['StarterRole', 'WorkerRole', 'InvokerRole'].flatMap((name) =>
      statementsOf(propertiesOf(name).Policies),
    );
    const wild = statements.filter(({ Resource }) => [Resource].flat().includes('*'));

    expect(statements.length).toBeGreaterThan(8);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    expect(new Set(wild.flatMap(({ Action }) => Action))).toEqual(
      new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']),
    );
  });

  test.each([
    ['StarterRole', 'starter-lambda-policy.json', ['RememberByTags']],
    ['WorkerRole', 'worker-policy.json', ['ListParts', 'RestoreArchived']], // done by the worker of workflows
  ])('gives %s what %s allows, no more', (role, policy, unneeded) => {
    const own = statementsOf(propertiesOf(role).Policies).filter(
      ({ Sid }) => !['SendTraces', 'ReadEncryptedObjects', 'WriteLogs'].includes(Sid),
    );
    const documented = (
      JSON.parse(read(`infra/iam/${policy}`)) as { Statement: Statement[] }
    ).Statement.filter(({ Sid }) => !['WriteLogs', ...unneeded].includes(Sid));
    const actions = (statements: Statement[]) =>
      Object.fromEntries(statements.map(({ Sid, Action }) => [Sid, [Action].flat().sort()]));

    expect(actions(own)).toEqual(actions(documented));
  });
});
