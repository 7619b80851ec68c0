import { expect, test } from 'vitest';
import { jobUrl, queryUrl } from '../../src/temporal/web-ui-links.js';

const ui = { url: 'http://127.0.0.1:8233/', namespace: 'default' };

test('the page of a job has its id encoded, and its run where one is meant', () => {
  expect(jobUrl(ui, 'hash:b/a k:12')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/hash%3Ab%2Fa%20k%3A12',
  );
  expect(jobUrl({ url: 'https://ui/temporal', namespace: 'a.b' }, 'w', 'r')).toBe(
    'https://ui/temporal/namespaces/a.b/workflows/w/r',
  );
});

test('the list of a query has the query encoded', () => {
  expect(queryUrl(ui, 'HashStatus = "failed"')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows?query=HashStatus%20%3D%20%22failed%22',
  );
});
