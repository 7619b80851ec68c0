import { describe, expect, test } from 'vitest';
import { FAILURE_NAMES, isRetryable, MidstateError, printable } from '../../src/core/failures.js';

describe('a failure', () => {
  // The names are wire API: Temporal failure types, and values of a search attribute.
  test('has one of these names, none renamed', () => {
    expect(FAILURE_NAMES).toEqual(
      expect.arrayContaining([
        'AccessDenied',
        'Archived',
        'BucketNotFound',
        'CorruptRead',
        'InvalidInput',
        'KmsDenied',
        'MidstateIncompatible',
        'NoTagRoom',
        'ObjectChanged',
        'ObjectGone',
        'QueueNotFound',
        'SidecarTaken',
        'StoreUnavailable',
        'TemporalUnavailable',
        'WorkerFull',
        'WorkerLost',
        'WorkerShutdown',
      ]),
    );
  });

  test('is retried only where nothing but time is needed', () => {
    const decisions = FAILURE_NAMES.map((name) => [name, isRetryable(name)] as const);

    expect(decisions.every(([, decision]) => typeof decision === 'boolean')).toBe(true);
    expect(decisions.filter(([, retryable]) => retryable).map(([name]) => name)).toEqual([
      'StoreUnavailable',
      'TemporalUnavailable',
      'WorkerFull',
      'WorkerShutdown',
    ]);
  });

  test('says what failed, then where, leaving out facts that are not known', () => {
    const error = new MidstateError('ObjectGone', 'read range: gone', {
      facts: { bucket: 'b', key: 'a key', versionId: undefined, range: '0-9', status: 404 },
    });

    expect(error.message).toBe('read range: gone [bucket=b, key=a key, range=0-9, status=404]');
  });

  test('without facts has no brackets', () => {
    expect(new MidstateError('ObjectGone', 'gone').message).toBe('gone');
    expect(new MidstateError('ObjectGone', 'gone', { facts: { key: undefined } }).message).toBe('gone');
  });

  test('keeps name, facts, cause and delay', () => {
    const cause = new Error('socket hang up');

    const error = new MidstateError('StoreUnavailable', 'm', { facts: { key: 'k' }, cause, retryAfterMs: 0 });

    expect(error).toMatchObject({ failure: 'StoreUnavailable', facts: { key: 'k' }, cause, retryAfterMs: 0 });
    expect(error.name).toBe('MidstateError');
    expect(new MidstateError('ObjectGone', 'm')).not.toHaveProperty('cause');
  });

  test('never lets a key steer a terminal or split a log line', () => {
    const { message } = new MidstateError('ObjectGone', 'gone', { facts: { key: 'a\u001b[31m\r\nb' } });

    expect(message).toBe('gone [key=a\\u001b[31m\\u000d\\u000ab]');
  });
});

describe('printable text', () => {
  test.each([
    ['C0', '\u0000\u001f', '\\u0000\\u001f'],
    ['delete and C1', '\u007f\u009b', '\\u007f\\u009b'],
    ['line separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['overrides', '\u202a\u202e', '\\u202a\\u202e'],
    ['isolates', '\u2066\u2069', '\\u2066\\u2069'],
    ['direction marks', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ])('escapes %s', (_, text, escaped) => {
    expect(printable(`a${text}z`)).toBe(`a${escaped}z`);
  });

  test('leaves letters, spaces and emoji as they are', () => {
    expect(printable('Füße / 日本 😀 ~')).toBe('Füße / 日本 😀 ~');
  });
});
