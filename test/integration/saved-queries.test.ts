import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryUrl } from '../../src/temporal/web-ui-links.js';
import { connectStack, type StackClients } from '../setup/stack-clients.js';
import { theStack } from '../setup/the-stack.js';

const DOC = readFileSync(new URL('../../docs/web-ui.md', import.meta.url), 'utf8');
const DEV_UI = { url: 'http://127.0.0.1:8233', namespace: 'default' };

/** Each query of the table, and the link behind it. */
const QUERIES = [...DOC.matchAll(/\[`([^`]+)`\]\((http[^)]+)\)/g)].map(
  ([, query = '', url = '']) => [query, url] as const,
);

let clients: StackClients;

beforeAll(async () => {
  clients = await connectStack(theStack().urls);
});

afterAll(() => clients.close());

describe('the saved queries in docs/web-ui.md', () => {
  test('are there', () => {
    expect(QUERIES.length).toBeGreaterThan(10);
  });

  test.for(QUERIES)('%s is understood by the server, and behind its link', async ([query, url]) => {
    expect(url).toBe(queryUrl(DEV_UI, query));
    await expect(clients.temporal.workflow.count(query)).resolves.toMatchObject({
      count: expect.any(Number) as number,
    });
  });
});
