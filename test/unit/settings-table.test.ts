import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingsTable } from '../../src/cli/settings-table.js';

test('the README has the table of settings that the schema gives', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

  const table = /<!-- settings -->\n\n([^]*?)\n<!-- \/settings -->/.exec(readme)?.[1];

  expect(table).toBe(settingsTable());
});
