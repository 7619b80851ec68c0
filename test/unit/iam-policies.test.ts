import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const FOLDER = new URL('../../infra/iam/', import.meta.url);
const README = readFileSync(new URL('README.md', FOLDER), 'utf8');

interface Policy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: string | string[];
    readonly Resource: string | string[];
  }[];
}

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.json')))('infra/iam/%s', (name) => {
  const { Statement } = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Policy;
  const [, section = ''] = README.split(`\`${name}\``);
  // The Lambda function's permissions are the poller's and a few more.
  const poller = name === 'starter-lambda-policy.json' ? (README.split('`poller-policy.json`')[1] ?? '') : '';
  const reasons = [section, poller].map((text) => text.split('\n## ')[0]).join('\n');

  test('allows no action without a reason in the README', () => {
    for (const action of Statement.flatMap(({ Action }) => Action))
      expect(reasons).toContain(`\`${action}\``);
  });

  test('names every action and resource: no wildcard where a name would do', () => {
    for (const { Action, Resource } of Statement) {
      expect([Action].flat().filter((action) => action.includes('*'))).toEqual([]);
      expect([Resource].flat()).not.toContain('*');
    }
  });
});
