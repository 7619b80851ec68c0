import type { BackfillPosition, BackfillSource } from '../core/backfill.js';
import type { ListStore } from '../core/list-store.js';
import { formatS3Uri } from '../core/s3-uri.js';
import type { BackfillItem } from './backfill-item.js';
import { parseInventoryManifest, readInventoryLine } from './inventory.js';
import { readObjectLine } from './object-line.js';

/**
 * The objects of a source that come after a position, each with its own position: whoever stops after one goes on
 * from there. Listings are read page by page. Of a list so many lines as may be wanted are read first: its connection
 * would not outlast the time that is spent on them.
 *
 * @param max how many will be wanted: no larger pages are asked for, and no more is read of a list
 * @throws MidstateError as `ListStore`; InvalidInput for an inventory that cannot be read
 */
export async function* listItems(
  store: ListStore,
  source: BackfillSource,
  from: BackfillPosition,
  max: number,
): AsyncGenerator<BackfillItem> {
  switch (source.kind) {
    case 'prefix':
      yield* prefixItems(store, source, from, max);
      break;
    case 'lines':
      yield* lineItems(source, from);
      break;
    case 'csv':
      yield* await takeFrom(csvItems(store, source, from), max);
      break;
    case 'inventory':
      yield* await takeFrom(inventoryItems(store, source, from), max);
      break;
  }
}

async function takeFrom(items: AsyncGenerator<BackfillItem>, max: number): Promise<BackfillItem[]> {
  const taken: BackfillItem[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= max) break;
  }
  return taken;
}

type Of<Kind> = Extract<BackfillSource, { kind: Kind }>;

async function* prefixItems(
  store: ListStore,
  { bucket, prefix }: Of<'prefix'>,
  from: BackfillPosition,
  max: number,
): AsyncGenerator<BackfillItem> {
  for (let { after } = from; ;) {
    const page = await store.listObjects({ bucket, prefix, after, max: Math.min(max, 1_000) });
    for (const object of page.objects) {
      after = object.key;
      yield { kind: 'object', object, position: { after } };
    }
    if (page.isLast || page.objects.length === 0) return;
  }
}

function* lineItems(
  { lines, leftOut = 0 }: Of<'lines'>,
  { line: done = 0 }: BackfillPosition,
): Generator<BackfillItem> {
  for (const [index, text] of lines.entries()) {
    const line = leftOut + index + 1;
    if (line > done && text.trim() !== '') {
      yield { ...readObjectLine(text, `line ${String(line)}`), position: { line } };
    }
  }
}

async function* csvItems(
  store: ListStore,
  list: Of<'csv'>,
  from: BackfillPosition,
): AsyncGenerator<BackfillItem> {
  const { etag, lines } = await store.openList({ ...list, etag: from.etag });
  for await (const { text, line } of after(lines, from.line)) {
    const where = `${formatS3Uri(list)} line ${String(line)}`;
    yield { ...readObjectLine(text, where), position: { line, etag } };
  }
}

async function* inventoryItems(
  store: ListStore,
  manifest: Of<'inventory'>,
  from: BackfillPosition,
): AsyncGenerator<BackfillItem> {
  const open = await store.openList({ ...manifest, etag: from.etag });
  const text: string[] = [];
  for await (const line of open.lines) text.push(line);
  const { bucket, files, columns } = parseInventoryManifest(text.join('\n'), formatS3Uri(manifest));
  const { etag } = open;
  for (let file = from.file ?? 0; file < files.length; file += 1) {
    const key = files[file] ?? '';
    const { lines } = await store.openList({ bucket, key });
    const begun = file === from.file ? from.line : undefined;
    for await (const { text: row, line } of after(lines, begun)) {
      const where = `${formatS3Uri({ bucket, key })} line ${String(line)}`;
      yield { ...readInventoryLine(row, columns, where), position: { file, line, etag } };
    }
  }
}

/** Lines that say something, after so many that have been dealt with; numbered from 1. */
async function* after(
  lines: AsyncIterable<string>,
  done = 0,
): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (line > done && text.trim() !== '') yield { text, line };
  }
}
