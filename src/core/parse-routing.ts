import { MidstateError, printable } from './failures.js';
import { isMemoryClassMB, MEMORY_CLASSES_MB } from './memory-classes.js';
import type { Route, RouteStep, RoutingRule } from './routing.js';

/**
 * Parses routing rules, a JSON list:
 * `[{"bucket": "videos", "prefix": "raw/", "route": [{"belowBytes": 100000000, "memoryClassMB": 256}, {"memoryClassMB": 1024}]}]`
 *
 * @throws MidstateError InvalidInput that names rule, field, what was expected and what was got; not retried
 */
export function parseRoutingRules(text: string): RoutingRule[] {
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch (cause) {
    throw wrong('routing', 'a JSON list of rules', text, cause);
  }
  if (!Array.isArray(rules)) throw wrong('routing', 'a JSON list of rules', rules);
  return rules.map((rule: unknown, index) => parseRule(rule, `routing: rule ${String(index + 1)}`));
}

function parseRule(rule: unknown, where: string): RoutingRule {
  const { bucket, prefix, route } = fieldsOf(rule, ['bucket', 'prefix', 'route'], where);
  if (!Array.isArray(route) || route.length === 0) {
    throw wrong(`${where}: route`, 'a list of steps, at least one', route);
  }
  return {
    ...optionalText('bucket', bucket, where),
    ...optionalText('prefix', prefix, where),
    route: checkBounds(
      route.map((step: unknown, index) => parseStep(step, `${where}: step ${String(index + 1)}`)),
      where,
    ),
  };
}

function parseStep(step: unknown, where: string): RouteStep {
  const { belowBytes, memoryClassMB } = fieldsOf(step, ['belowBytes', 'memoryClassMB'], where);
  if (!isMemoryClassMB(memoryClassMB)) {
    throw wrong(`${where}: memoryClassMB`, `one of ${MEMORY_CLASSES_MB.join(', ')}`, memoryClassMB);
  }
  if (belowBytes === undefined) return { memoryClassMB };
  if (!Number.isSafeInteger(belowBytes) || (belowBytes as number) < 1) {
    throw wrong(`${where}: belowBytes`, 'a whole number of bytes from 1', belowBytes);
  }
  return { belowBytes: belowBytes as number, memoryClassMB };
}

/** A size must find its step, and each step must have sizes. */
function checkBounds(route: Route, where: string): Route {
  route.forEach(({ belowBytes }, index) => {
    const previous = route[index - 1]?.belowBytes ?? 0;
    const isLast = index === route.length - 1;
    if (isLast && belowBytes !== undefined) {
      throw wrong(`${where}: last step`, 'no belowBytes, so that every size has a class', belowBytes);
    }
    if (!isLast && (belowBytes === undefined || belowBytes <= previous)) {
      throw wrong(
        `${where}: step ${String(index + 1)}: belowBytes`,
        `more than ${String(previous)}`,
        belowBytes,
      );
    }
  });
  return route;
}

function fieldsOf(value: unknown, known: readonly string[], where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(where, `an object of ${known.join(', ')}`, value);
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw wrong(where, `only ${known.join(', ')}`, unknown);
  return value as Record<string, unknown>;
}

function optionalText(name: string, value: unknown, where: string): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== 'string' || value === '')
    throw wrong(`${where}: ${name}`, 'a text that is not empty', value);
  return { [name]: value };
}

function wrong(where: string, expected: string, actual: unknown, cause?: unknown): MidstateError {
  const got = actual === undefined ? 'nothing' : JSON.stringify(actual).slice(0, 60); // it was JSON
  return new MidstateError('InvalidInput', `${where}: expected ${expected}, got ${printable(got)}`, {
    cause,
  });
}
