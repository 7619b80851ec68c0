import { MidstateError } from '../../src/core/failures.js';

/** A namespace, message, enum or service, as protobufjs writes definitions as JSON. */
export interface Definition {
  readonly nested?: Readonly<Record<string, Definition>>;
  /** Of a message. */
  readonly fields?: Readonly<Record<string, { readonly type: string; readonly keyType?: string }>>;
  /** Of an enum. */
  readonly values?: Readonly<Record<string, number>>;
  /** Of a service. */
  readonly methods?: Readonly<Record<string, Method>>;
}

interface Method {
  readonly requestType: string;
  readonly responseType: string;
}

export interface Wanted {
  /** Full names of messages, enums and services. */
  readonly names: Iterable<string>;
  /** Methods that services keep: `package.Service.Method`. */
  readonly methods: Iterable<string>;
}

/**
 * Protobuf definitions without what is not wanted. Messages are whole: what they refer to stays, as far as it goes, and so
 * no field is lost. Services keep the methods that are wanted, without their options (HTTP paths).
 *
 * @throws MidstateError InvalidInput when a method is not there
 */
export function pruneDefinitions(root: Definition, { names, methods }: Wanted): Definition {
  const kept = new Set<string>();
  const keptMethods = new Set<string>();
  const keep = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    for (const { type, keyType } of Object.values(find(root, name)?.fields ?? {}))
      for (const used of [type, keyType]) keepUsed(used, name);
  };
  const keepUsed = (used: string | undefined, scope: string): void => {
    const name = used === undefined ? undefined : resolve(root, used, scope);
    if (name !== undefined) keep(name);
  };
  for (const name of names) keep(name);
  for (const path of methods) {
    const service = path.slice(0, path.lastIndexOf('.'));
    const method = find(root, service)?.methods?.[path.slice(service.length + 1)];
    if (method === undefined)
      throw new MidstateError('InvalidInput', 'sam build: Temporal’s protocol has no such method', {
        facts: { expected: path },
      });
    keep(service);
    keptMethods.add(path);
    keepUsed(method.requestType, service);
    keepUsed(method.responseType, service);
  }
  return { nested: nestedOf(root, '', { kept, keptMethods }) };
}

interface Kept {
  readonly kept: ReadonlySet<string>;
  readonly keptMethods: ReadonlySet<string>;
}

function nestedOf(
  { nested = {} }: Definition,
  path: string,
  what: Kept,
): Readonly<Record<string, Definition>> {
  const entries = Object.entries(nested).flatMap(([key, definition]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const { nested: _all, ...own } = definition;
    const inside = nestedOf(definition, name, what);
    const hasInside = Object.keys(inside).length > 0;
    if (!what.kept.has(name) && !hasInside) return [];
    const methods = own.methods === undefined ? {} : { methods: methodsOf(own.methods, name, what) };
    return [[key, { ...own, ...methods, ...(hasInside ? { nested: inside } : {}) }] as const];
  });
  return Object.fromEntries(entries);
}

function methodsOf(methods: Readonly<Record<string, Method>>, service: string, { keptMethods }: Kept) {
  return Object.fromEntries(
    Object.entries(methods)
      .filter(([name]) => keptMethods.has(`${service}.${name}`))
      .map(([name, { requestType, responseType }]) => [name, { requestType, responseType }]),
  );
}

/** The definition of that full name. */
function find(root: Definition, name: string): Definition | undefined {
  return name
    .split('.')
    .reduce<Definition | undefined>((definition, part) => definition?.nested?.[part], root);
}

/** The full name of what `used` means inside `scope`; undefined for a scalar. Names are looked for from the inside out. */
function resolve(root: Definition, used: string, scope: string): string | undefined {
  if (used.startsWith('.')) return used.slice(1);
  for (let outer = scope; ; outer = outer.slice(0, Math.max(outer.lastIndexOf('.'), 0))) {
    const name = outer === '' ? used : `${outer}.${used}`;
    if (find(root, name) !== undefined) return name;
    if (outer === '') return undefined;
  }
}

/** The messages, enums and services that a program text names in full; what follows such a name is a member of it. */
export function namesIn(root: Definition, text: string): string[] {
  const packages = Object.keys(root.nested ?? {}).join('|');
  const found = text.matchAll(new RegExp(`\\b(?:${packages})(?:\\.[A-Za-z_]\\w*)+`, 'g'));
  return [...new Set([...found].flatMap(([path]) => definitionIn(root, path) ?? []))];
}

function definitionIn(root: Definition, path: string): string | undefined {
  let last: string | undefined;
  let definition: Definition | undefined = root;
  for (const [index, part] of path.split('.').entries()) {
    definition = definition.nested?.[part];
    if (definition === undefined) break;
    if (definition.fields ?? definition.values ?? definition.methods)
      last = path
        .split('.')
        .slice(0, index + 1)
        .join('.');
  }
  return last;
}
