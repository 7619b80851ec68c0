/**
 * The fields of a line of CSV (RFC 4180, without line breaks inside a field: keys are URL-encoded); undefined where a
 * quote is not closed, or is followed by something else than a comma.
 */
export function tryParseCsvLine(line: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; ;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?=,|$)/.exec(line.slice(at));
    const plain = /^[^",]*(?=,|$)/.exec(line.slice(at));
    const [matched] = quoted ?? plain ?? [];
    if (matched === undefined) return undefined;
    fields.push(quoted === null ? matched.trim() : (quoted[1] ?? '').replaceAll('""', '"'));
    at += matched.length;
    if (at === line.length) return fields;
    at += 1; // the comma
  }
}
