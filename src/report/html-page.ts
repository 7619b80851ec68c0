/** Text as HTML: nothing in it is taken for markup. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A table of text; the first column is its rows' names. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]) =>
    row.map((cell, index) => {
      const name = index === 0 && tag === 'td' ? 'th' : tag;
      return `<${name}>${escapeHtml(cell)}</${name}>`;
    });
  const body = rows.map((row) => `<tr>${cells('td', row).join('')}</tr>`).join('\n');
  return `<div class="wide"><table>\n<thead><tr>${cells('th', head).join('')}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table></div>`;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1d2529; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #d5dcdf; text-align: right; }
thead th { border-bottom: 2px solid #5c6b73; } tbody th, thead th:first-child { text-align: left; font-weight: 600; }
div.wide { overflow-x: auto; } div.wide th, div.wide td { white-space: nowrap; } table.facts td { text-align: left; }
table.facts th { white-space: nowrap; } figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; } p.note { color: #5c6b73; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } div.wide { overflow: visible; } th, td { padding: .1rem .3rem; } figure, tr { break-inside: avoid; } }
`;

/** Facts by name, one below the other. */
export function htmlFacts(facts: readonly (readonly [name: string, fact: string])[]): string {
  const rows = facts.map(
    ([name, fact]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(fact)}</td></tr>`,
  );
  return `<table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

/**
 * One HTML file that asks nobody for anything: no script, no font, no picture from elsewhere.
 * @param parts HTML
 */
export function htmlPage(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${parts.join('\n')}
</body>
</html>
`;
}
