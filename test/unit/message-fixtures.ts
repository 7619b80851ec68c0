import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import type { MessageContents } from '../../src/ingest/events/message-contents.js';
import { parseMessage } from '../../src/ingest/events/parse-message.js';

/** The body of a recorded message; each fixture names its source. */
export function fixture(name: string): string {
  const file = new URL(`../fixtures/events/${name}.json`, import.meta.url);
  const { message } = JSON.parse(readFileSync(file, 'utf8')) as { message: unknown };
  return typeof message === 'string' ? message : JSON.stringify(message);
}

export function record(object: object, eventName = 'ObjectCreated:Put') {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName,
    s3: { bucket: { name: 'uploads' }, object: { size: 3, eTag: 'e1', sequencer: '0A', ...object } },
  };
}

export function body(...records: object[]): string {
  return JSON.stringify({ Records: records });
}

/** The UTF-8 bytes of a key as S3 puts them into events: form encoding. */
export function formEncoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function keysOf({ uploads }: MessageContents): string[] {
  return uploads.map(({ object }) => object.key);
}

export function failureOf(text: string): MidstateError {
  try {
    parseMessage(text);
  } catch (error) {
    if (error instanceof MidstateError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** What is wrong with the only record of a body. */
export function faultOf(text: string): MidstateError {
  const { refused, uploads } = parseMessage(text);
  expect(uploads).toEqual([]);
  expect(refused).toHaveLength(1);
  return refused[0]!;
}
