import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { LogFormat } from '../../src/core/log-formats.js';
import { createLogger, type Logger } from '../../src/observability/logger.js';
import { createSdkLogger } from '../../src/observability/sdk-logger.js';

function loggerIn(format: LogFormat, lines: string[]): Logger {
  const facts = { role: 'worker', memoryClassMB: 128 };
  return createLogger({ format, facts, writeLine: (line) => lines.push(line) });
}

function jsonOf(write: (logger: Logger) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(loggerIn('json', lines));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

describe('a log line in JSON', () => {
  test('has time, level and message first, then the facts', () => {
    const line = jsonOf((logger) => {
      logger.info('job started', { workflowId: 'hash:b/k:1', sizeBytes: 5, versionId: undefined });
    });

    expect(Object.keys(line)).toEqual([
      'time',
      'level',
      'message',
      'role',
      'memoryClassMB',
      'workflowId',
      'sizeBytes',
    ]);
    expect(line).toMatchObject({ level: 'INFO', message: 'job started', role: 'worker', sizeBytes: 5 });
    expect(new Date(line['time'] as string).toISOString()).toBe(line['time']);
  });

  test('stays one line, and harmless to a terminal, whatever a key holds', () => {
    const key = 'a\nb\u001b[31m\u202e\u0085c';
    const lines: string[] = [];

    loggerIn('json', lines).info('job started', { key });

    expect(lines[0]).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(lines[0]!)).toMatchObject({ key });
  });

  test('keeps its own names, whatever a fact is called', () => {
    const line = jsonOf((logger) => {
      logger.write({
        time: new Date(0),
        level: 'WARN',
        message: 'real',
        facts: { message: 'other', level: 'X', time: 1 },
      });
    });

    expect(line).toMatchObject({ time: '1970-01-01T00:00:00.000Z', level: 'WARN', message: 'real' });
  });

  test.for([
    {
      what: 'one of the taxonomy',
      error: new MidstateError('AccessDenied', 'read range: denied'),
      expected: { error: 'read range: denied', cause: 'AccessDenied' },
    },
    {
      what: 'one that crossed Temporal',
      error: ApplicationFailure.create({
        message: 'busy',
        type: 'StoreUnavailable',
        details: [{ midstates: ['x'] }],
      }),
      expected: { error: 'busy', cause: 'StoreUnavailable' },
    },
  ])('tells of an error, $what, its message and its name, and nothing else', ({ error, expected }) => {
    const line = jsonOf((logger) => {
      logger.error('it failed', { error });
    });

    expect(line).toMatchObject(expected);
    expect(line).not.toHaveProperty('stack');
    expect(JSON.stringify(line)).not.toContain('midstates');
  });

  test('has the stack of an error that nobody foresaw', () => {
    const line = jsonOf((logger) => {
      logger.error('it failed', { error: new TypeError('x is undefined') });
    });

    expect(line).toMatchObject({ error: 'x is undefined', cause: 'TypeError' });
    expect(line['stack']).toContain('logger.test');
  });

  test('carries no secret and no structure, whoever hands it in', () => {
    const facts = {
      taskToken: 'abc',
      secretAccessKey: 's3cr3t',
      authorization: 'AWS4',
      body: 'bytes',
      midstates: ['AAAA'],
      checkpoint: { midstates: ['AAAA'] },
      attempt: 2,
    };
    const line = jsonOf((logger) => {
      logger.write({ time: new Date(), level: 'INFO', message: 'm', facts });
    });

    expect(Object.keys(line)).toEqual(['time', 'level', 'message', 'role', 'memoryClassMB', 'attempt']);
  });
});

describe('a log line as text', () => {
  test('is for people: time of day, level, message, and facts quoted where they must be', () => {
    const lines: string[] = [];
    const time = new Date('2026-01-02T03:04:05.678Z');

    loggerIn('text', lines).write({
      time,
      level: 'INFO',
      message: 'range hashed',
      facts: { key: 'a "b" c', bucket: 'up', algorithms: ['md5', 'sha1'], etag: '' },
    });

    expect(lines).toEqual([
      '03:04:05.678 INFO  range hashed  role=worker memoryClassMB=128 key="a \\"b\\" c" bucket=up algorithms=md5,sha1 etag=""',
    ]);
  });

  test('is one line, without the stack', () => {
    const lines: string[] = [];

    loggerIn('text', lines).error('it\nfailed', { error: new TypeError('x\ny') });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/ERROR it\\u000afailed .* error="x\\ny" cause=TypeError$/);
  });
});

describe('a line of Temporal’s SDK', () => {
  test('has each fact under the name that midstate’s own lines have', () => {
    const lines: string[] = [];
    const sdk = createSdkLogger(loggerIn('json', lines));

    sdk.info('Activity failed', {
      workflowId: 'w',
      workflowRunId: 'r',
      activityType: 'hashRange',
      taskToken: 'x',
    });
    sdk.warn('poll failed', { run_id: 'r2', task_queue: 'q' });
    sdk.debug('not of interest');

    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 'INFO', message: 'Activity failed', workflowId: 'w', runId: 'r', activityType: 'hashRange' },
      { level: 'WARN', runId: 'r2', taskQueue: 'q' },
    ]);
    expect(lines.join('')).not.toMatch(/workflowRunId|run_id|taskToken/);
  });
});
