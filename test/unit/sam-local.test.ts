import { describe, expect, test } from 'vitest';
import { invocationsToAdd } from '../../sam/local/backlog.js';
import { BacklogInvoker } from '../../sam/local/backlog-invoker.js';
import { evaluateTemplate } from '../../sam/local/evaluate-template.js';
import { EVENT_FORMS, messageBody } from '../../sam/local/event-forms.js';
import type { InvocationReport } from '../../sam/local/execution-environment.js';
import { readFunctionSpecs } from '../../sam/local/function-specs.js';
import { lambdaVariables } from '../../sam/local/lambda-variables.js';
import { parseMessage } from '../../src/ingest/events/parse-message.js';
import { eventually } from '../setup/eventually.js';

const TEMPLATE = new URL('../../infra/sam/template.yaml', import.meta.url).pathname;
const VALUES = { BucketName: 'uploads', TemporalAddress: 'temporal:7233' };

describe('a template that is evaluated', () => {
  const evaluate = (body: string, given = {}) => evaluateTemplate(body, given);

  test('has parameters in the place of references, given ones before defaults', () => {
    const text =
      'Parameters: { A: { Default: 1 }, B: { Default: x } }\nOut: [!Ref A, !Ref B, !Sub "${B}-${A}"]';

    expect(evaluate(text, { B: 'given' })['Out']).toEqual([1, 'given', 'given-1']);
  });

  test('has what its conditions choose, and leaves out what is no value', () => {
    const text = `
Parameters: { Name: { Default: '' } }
Conditions:
  HasName: !Not [!Equals [!Ref Name, '']]
  Always: !Or [!Condition HasName, !Equals [a, a]]
Out:
  Chosen: !If [Always, [!Ref Name, both], none]
  Name: !If [HasName, !Ref Name, !Ref AWS::NoValue]`;

    expect(evaluate(text)['Out']).toEqual({ Chosen: ['', 'both'] });
    expect(evaluate(text, { Name: 'n' })['Out']).toEqual({ Chosen: ['n', 'both'], Name: 'n' });
  });

  test('names a parameter that has no value', () => {
    expect(() => evaluate('Parameters: { A: { Type: String } }\nOut: !Ref A')).toThrow(
      /parameter A has no value/,
    );
  });
});

describe('the functions of the template', () => {
  test('are run as it says: memory, deadline, variables', () => {
    const specs = readFunctionSpecs(TEMPLATE, { ...VALUES, WorkerTimeoutSeconds: 20, MemoryClasses: '128' });
    const byName = new Map(specs.map((spec) => [spec.name, spec]));

    expect([...byName.keys()].sort()).toEqual([
      'starter',
      'worker-1024',
      'worker-128',
      'worker-2048',
      'worker-256',
      'worker-512',
    ]);
    expect(byName.get('worker-128')).toMatchObject({
      memoryMB: 128,
      timeoutMs: 20_000,
      runtime: 'nodejs22.x',
    });
    expect(byName.get('worker-128')!.env).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal:7233',
      MALLOC_ARENA_MAX: '1',
    });
    expect(byName.get('worker-128')!.env).not.toHaveProperty('TEMPORAL_API_KEY');
    expect(byName.get('worker-128')!.env).not.toHaveProperty('TEMPORAL_DEPLOYMENT_NAME');
    expect(byName.get('starter')).toMatchObject({
      timeoutMs: 30_000,
      env: { MIDSTATE_MEMORY_CLASSES: '128' },
    });
  });

  test('are told the version only where there is one', () => {
    const [, worker] = readFunctionSpecs(TEMPLATE, { ...VALUES, DeploymentName: 'hashing', BuildId: 'b1' });

    expect(worker!.env).toMatchObject({
      TEMPORAL_DEPLOYMENT_NAME: 'hashing',
      TEMPORAL_WORKER_BUILD_ID: 'b1',
    });
  });

  test('get Lambda’s own variables, and of ours only what leads to the local servers', () => {
    const [starter, worker] = readFunctionSpecs(TEMPLATE, VALUES);
    const env = lambdaVariables(worker!, {
      AWS_ENDPOINT_URL_S3: 'http://s3',
      HOME: '/home/me',
      AWS_PROFILE: 'me',
    });

    expect(env).toMatchObject({
      AWS_ENDPOINT_URL_S3: 'http://s3',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      _HANDLER: 'index.handler',
    });
    expect(env['NODE_PATH']).toMatch(/layer\/nodejs\/node22\/node_modules:.*layer\/nodejs\/node_modules$/);
    expect(lambdaVariables(starter!, {})['NODE_PATH']).not.toContain('/layer/'); // it has no layer
    expect(env).not.toHaveProperty('HOME');
    expect(env).not.toHaveProperty('AWS_PROFILE');
  });
});

describe('events that are made here', () => {
  const OBJECT = { bucket: 'uploads', key: 'a b/ü+.txt', etag: 'e1', sizeBytes: 7, versionId: 'v1' };

  test.each(EVENT_FORMS.filter((form) => form !== 's3-test' && form !== 's3-removed'))(
    'of the form %s are understood as the upload of their object',
    (form) => {
      const parsed = parseMessage(messageBody(form, OBJECT, 'eu-west-1'));

      expect(parsed.refused).toEqual([]);
      expect(parsed.uploads).toHaveLength(1);
      expect(parsed.uploads[0]!.object).toMatchObject({
        bucket: 'uploads',
        key: OBJECT.key,
        versionId: 'v1',
      });
    },
  );

  test.each(['s3-test', 's3-removed'] as const)('of the form %s announce no upload', (form) => {
    const { uploads, ignored } = parseMessage(messageBody(form, OBJECT, 'eu-west-1'));

    expect(uploads).toEqual([]);
    expect(ignored).toHaveLength(1);
  });
});

describe('invocations by backlog', () => {
  const demand = { backlog: 0, slots: 4, inFlight: 0, starting: 0, most: 3 };

  test.each([
    ['nothing waits', {}, 0],
    ['one waits', { backlog: 1 }, 1],
    ['as many wait as one invocation takes', { backlog: 4 }, 1],
    ['one more waits', { backlog: 5 }, 2],
    ['more wait than may be invoked', { backlog: 100 }, 3],
    ['one is on its way to them', { backlog: 4, inFlight: 1, starting: 1 }, 0],
    ['those in flight have their hands full', { backlog: 4, inFlight: 1 }, 1],
    ['as many are in flight as may be', { backlog: 9, inFlight: 3 }, 0],
  ])('when %s', (_when, changes, count) => {
    expect(invocationsToAdd({ ...demand, ...changes })).toBe(count);
  });

  test('go on after a server that did not answer and an invocation that failed', async () => {
    let looks = 0;
    const errors: string[] = [];
    const reports: string[] = [];
    const invoker = new BacklogInvoker({
      classes: [
        {
          name: 'worker-128',
          slots: 1,
          readBacklog: () => {
            looks++;
            if (looks === 1) return Promise.reject(new Error('away'));
            return Promise.resolve(looks < 4 ? 1 : 0);
          },
          invoke: () => (looks === 2 ? Promise.reject(new Error('broken')) : Promise.resolve(REPORT)),
        },
      ],
      most: 5,
      intervalMs: 5,
      onReport: (name) => reports.push(name),
      onError: (_name, error) => errors.push(String(error)),
    });

    invoker.start();
    await eventually(() => reports.length > 0, { what: 'an invocation', intervalMs: 5 });
    await invoker.stop();

    expect(errors).toEqual(['Error: away', 'Error: broken']);
    expect(reports).toEqual(['worker-128']);
  });
});

const REPORT: InvocationReport = {
  requestId: 'r',
  outcome: 'ok',
  payload: 'null',
  durationMs: 1,
  peakBytes: 1,
};
