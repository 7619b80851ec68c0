import { readFileSync } from 'node:fs';
import { parseClassTable, type ClassTable } from './core/class-table.js';
import type { Policy } from './core/contracts.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB, type MemoryClassMB } from './core/memory-classes.js';
import { parseRoutingRules } from './core/parse-routing.js';
import type { RoutingRule } from './core/routing.js';

function list(text: string): string[] {
  return text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
}

/** @throws Error that says what was expected */
export function parseMemoryClasses(text: string): MemoryClassMB[] {
  return list(text).map((item) => {
    const memoryMB = Number(item);
    if (!isMemoryClassMB(memoryMB)) {
      throw new Error(`memory class: expected one of ${MEMORY_CLASSES_MB.join(', ')} (MB), got ${item}`);
    }
    return memoryMB;
  });
}

/** @throws Error that says what was expected */
export function parseSinks(text: string): NonNullable<Policy['publish']> {
  const sinks = list(text);
  const unknown = sinks.find((sink) => sink !== 'tags' && sink !== 'sidecar');
  if (unknown !== undefined) throw new Error(`publish: expected tags, sidecar or both, got ${unknown}`);
  return { tags: sinks.includes('tags'), sidecar: sinks.includes('sidecar') };
}

/**
 * Rules are short enough for a variable, or are kept in a file.
 * @throws Error that says what was expected, or that the file cannot be read
 */
export function parseRouting(text: string): RoutingRule[] {
  return parseRoutingRules(text.trimStart().startsWith('[') ? text : readFileSync(text, 'utf8'));
}

/** A class table, in a variable or a file. @throws Error that says what was expected, or that the file cannot be read */
export function parseClasses(text: string): ClassTable {
  return parseClassTable(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8'));
}

/** @throws Error that says what was expected */
export function parsePlaces(text: string): ('tags' | 'sidecar')[] {
  const sinks = parseSinks(text);
  return (['tags', 'sidecar'] as const).filter((place) => sinks[place]);
}
