import { MidstateError } from '../core/failures.js';
import { listed, type Arrivals } from './arrivals.js';
import { checkedCount } from './parse-arrivals.js';
import { tryParseNumber, tryParseSize } from './parse-quantities.js';

/** Numbers, as many as come. */
class Column {
  #values = new Float64Array(1_024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  toArray(): Float64Array {
    return this.#values.subarray(0, this.length);
  }
}

/**
 * Reads arrivals from lines of `time,size[,count]`. Times are seconds (`12.5`) or dates (`2026-01-31T08:00:00Z`), which
 * count from the earliest; sizes are bytes or like `100 MB`. A first line of names is left out. Lines need no order.
 *
 * @param source for messages: the file's name
 * @throws MidstateError InvalidInput that names the line
 */
export async function readArrivalsCsv(
  lines: AsyncIterable<string> | Iterable<string>,
  source: string,
): Promise<Arrivals> {
  const [times, sizes] = [new Column(), new Column()];
  let number = 0;
  let isDated: boolean | undefined;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '' || (number === 1 && isHeader(line))) continue;
    const fault = (what: string) =>
      new MidstateError('InvalidInput', `plan: ${source}, line ${String(number)}: ${what}`);
    const row = parseLine(line, fault);
    if (isDated !== undefined && row.isDate !== isDated) {
      throw fault('times must all be seconds, or all be dates');
    }
    isDated = row.isDate;
    checkedCount(times.length + row.count);
    for (let object = 0; object < row.count; object++) {
      times.push(row.atSeconds);
      sizes.push(row.sizeBytes);
    }
  }
  if (times.length === 0) {
    throw new MidstateError('InvalidInput', `plan: ${source}: expected lines of time,size[,count], got none`);
  }
  return inOrder(times.toArray(), sizes.toArray(), isDated === true);
}

function isHeader(line: string): boolean {
  const [time = '', size = ''] = line.split(',');
  return /^[\s"a-z_]+$/i.test(time) && tryParseSize(unquoted(size)) === undefined;
}

function parseLine(line: string, fault: (what: string) => MidstateError) {
  const [time = '', size, count, ...more] = line.split(',').map(unquoted);
  if (size === undefined || more.length > 0) {
    throw fault(`expected time,size[,count], got "${line.slice(0, 100)}"`);
  }
  const at = tryParseTime(time);
  if (at === undefined) {
    throw fault(`time: expected seconds or a date like 2026-01-31T08:00:00Z, got "${time}"`);
  }
  const sizeBytes = tryParseSize(size);
  if (sizeBytes === undefined) throw fault(`size: expected bytes or one like 100 MB, got "${size}"`);
  const objects = count === undefined || count === '' ? 1 : tryParseNumber(count);
  if (objects === undefined || !Number.isSafeInteger(objects) || objects < 1) {
    throw fault(`count: expected a whole number from 1, got "${count ?? ''}"`);
  }
  return { ...at, sizeBytes, count: objects };
}

function unquoted(field: string): string {
  return field.trim().replace(/^"(.*)"$/, '$1');
}

function tryParseTime(text: string): { atSeconds: number; isDate: boolean } | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return { atSeconds: Number(text), isDate: false };
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : { atSeconds: ms / 1_000, isDate: true };
}

function inOrder(times: Float64Array, sizes: Float64Array, isDated: boolean): Arrivals {
  const isSorted = times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
  let sortedTimes = times;
  let sortedSizes = sizes;
  if (!isSorted) {
    const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
    sortedTimes = Float64Array.from(order, (index) => times[index] ?? 0);
    sortedSizes = Float64Array.from(order, (index) => sizes[index] ?? 0);
  }
  const first = isDated ? (sortedTimes[0] ?? 0) : 0;
  return listed(first === 0 ? sortedTimes : sortedTimes.map((time) => time - first), sortedSizes);
}
