import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs/light.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../sam/build/build-targets.js';
import { bundleFunction, type Bundle } from '../../sam/build/bundle-function.js';
import { checkCalls, replaceDefinitions } from '../../sam/build/lean-client.js';
import { namesIn, pruneDefinitions, type Definition } from '../../sam/build/prune-definitions.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';
const starter = FUNCTIONS.find(({ name }) => name === 'starter')!;
const methods = [...new Set(Object.values(starter.temporalCalls!).flat())];

describe('definitions that are pruned', () => {
  const ALL: Definition = {
    nested: {
      a: {
        nested: {
          Service: {
            methods: {
              Wanted: { requestType: 'Request', responseType: '.b.Response' },
              Other: { requestType: 'Unused', responseType: 'Unused' },
            },
          },
          Request: {
            fields: { kind: { type: 'Kind' }, inner: { type: 'Inner' }, text: { type: 'string' } },
            nested: { Inner: { fields: { outer: { type: 'Request' } } } },
          },
          Kind: { values: { NONE: 0 } },
          Unused: { fields: {} },
        },
      },
      b: {
        nested: {
          Response: { fields: { byName: { keyType: 'string', type: 'a.Named' } } },
          Deep: { fields: {} },
        },
      },
    },
  };

  test('keep what a method’s messages refer to, however they name it, and nothing else', () => {
    const all = {
      nested: { ...ALL.nested, a: { nested: { ...ALL.nested!['a']!.nested, Named: { fields: {} } } } },
    };

    const { nested } = pruneDefinitions(all, { names: [], methods: ['a.Service.Wanted'] });

    expect(Object.keys(nested!['a']!.nested!).sort()).toEqual(['Kind', 'Named', 'Request', 'Service']);
    expect(Object.keys(nested!['a']!.nested!['Service']!.methods!)).toEqual(['Wanted']);
    expect(nested!['a']!.nested!['Request']).toEqual(ALL.nested!['a']!.nested!['Request']);
    expect(Object.keys(nested!['b']!.nested!)).toEqual(['Response']);
  });

  test('keep a service that is only named, without methods', () => {
    const { nested } = pruneDefinitions(ALL, { names: ['a.Service'], methods: [] });

    expect(nested).toEqual({ a: { nested: { Service: { methods: {} } } } });
  });

  test('are not made for a method that there is not', () => {
    expect(() => pruneDefinitions(ALL, { names: [], methods: ['a.Service.Gone'] })).toThrow(
      /no such method.*a\.Service\.Gone/,
    );
  });

  test('are found in a program by their full names, members left aside', () => {
    const text = `proto_1.a.Kind.NONE; lookup('b.Deep'); a.nothing; data.a1.Kind; x.a.Request.Inner.create()`;

    expect(namesIn(ALL, text)).toEqual(['a.Kind', 'b.Deep', 'a.Request.Inner']);
  });

  test('are not looked for in a module of another form', () => {
    expect(() => replaceDefinitions('root.addJSON({ a: 1 });', (all) => all)).toThrow(/not as they were/);
    expect(() => replaceDefinitions('module.exports = {};', (all) => all)).toThrow(/not as they were/);
  });
});

describe('the starter’s bundle', () => {
  let bundle: Bundle;
  let lean: protobuf.Root;
  const whole = createRequire(import.meta.url)(
    join(ROOT, 'node_modules/@temporalio/proto/protos/json-module.js'),
  ) as protobuf.Root;

  beforeAll(async () => {
    bundle = await bundleFunction(ROOT, starter);
    const handler = bundle.files.get('lib/handler.js')!;
    const [, text = ''] = /\.addJSON\(JSON\.parse\(("(?:[^"\\]|\\.)*")\)\)/.exec(handler) ?? [];
    const nested = JSON.parse(JSON.parse(text) as string) as protobuf.INamespace['nested'];
    lean = protobuf.Root.fromJSON({ nested: nested! });
  });

  test('needs nothing of the layer', () => {
    expect(bundle.fromLayer).toEqual([]);
  });

  test('has the methods that the starter calls, and less than a fourth of the protocol', () => {
    expect(Object.keys(lean.lookupService(SERVICE).methods).sort()).toEqual([...methods].sort());
    expect(JSON.stringify(lean.toJSON()).length).toBeLessThan(JSON.stringify(whole.toJSON()).length / 4);
  });

  test.each(methods)('has each field of all messages of %s as the whole protocol has it', (method) => {
    const { requestType, responseType } = lean.lookupService(SERVICE).methods[method]!;
    const seen = new Set<string>();
    for (const name of [requestType, responseType])
      compare(lean.lookupService(SERVICE).parent!.lookupType(name), whole, seen);

    expect(seen.size).toBeGreaterThan(1);
  });

  test('is loaded by a module that has nothing in it to look through', () => {
    expect(bundle.files.get('index.js')).toBe("exports.handler = require('./lib/handler.js').handler;\n");
  });
});

/** Compares a message with that of the same name, and all that it refers to. */
function compare(type: protobuf.Type, whole: protobuf.Root, seen: Set<string>): void {
  if (seen.has(type.fullName)) return;
  seen.add(type.fullName);
  expect(type.toJSON().fields, type.fullName).toEqual(whole.lookupType(type.fullName).toJSON().fields);
  for (const field of type.fieldsArray) {
    const used = field.resolve().resolvedType; // throws where what it refers to was left out
    if (used instanceof protobuf.Type) compare(used, whole, seen);
    else if (used !== null) expect(used.toJSON()).toEqual(whole.lookupEnum(used.fullName).toJSON());
  }
}

describe('a call of Temporal’s client that a function does not say it makes', () => {
  const calls = { 'workflow.start': ['StartWorkflowExecution'] };

  test('ends the build, and is named', () => {
    const modules = [
      ['src/a.ts', 'await client.workflow.start(x); await client.workflow.count(query)'],
    ] as const;

    expect(() => {
      checkCalls(modules, calls);
    }).toThrow(/src\/a\.ts calls .*actual=workflow\.count/);
  });

  test('is none where it is said, or where it is not the client’s', () => {
    checkCalls([['src/a.ts', 'client.workflow.start(x); connection.close(); server.start()']], calls);
  });

  test('is found for every method of the service, in whatever it is called on', () => {
    for (const call of [
      'workflowService.pollActivity(x)',
      'client.schedule.create(x)',
      'operatorService.list()',
    ])
      expect(() => {
        checkCalls([['src/a.ts', call]], calls);
      }).toThrow(/calls Temporal/);
  });
});
