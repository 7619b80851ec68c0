// Writes the README's table of settings from the schema in src/config.ts: `npm run build && node scripts/write-settings-table.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { settingsTable } = await import('../dist/src/cli/settings-table.js');
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
const text = readFileSync(readme, 'utf8');
const marks = /(<!-- settings -->\n)[^]*?(<!-- \/settings -->)/;
writeFileSync(
  readme,
  text.replace(marks, (_, start, end) => `${start}\n${settingsTable()}\n${end}`),
);
