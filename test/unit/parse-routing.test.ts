import { describe, expect, test } from 'vitest';
import { MidstateError } from '../../src/core/failures.js';
import { parseRoutingRules } from '../../src/core/parse-routing.js';

describe('routing rules', () => {
  test('are read as they are written', () => {
    const rules = [
      {
        bucket: 'videos',
        prefix: 'raw/',
        route: [{ belowBytes: 100_000_000, memoryClassMB: 256 }, { memoryClassMB: 1024 }],
      },
      { route: [{ memoryClassMB: 512 }] },
    ];

    expect(parseRoutingRules(JSON.stringify(rules))).toEqual(rules);
    expect(parseRoutingRules('[]')).toEqual([]);
  });

  test.each([
    ['{', 'routing: expected a JSON list of rules, got "{"'],
    ['{}', 'routing: expected a JSON list of rules, got {}'],
    ['[1]', 'routing: rule 1: expected an object of bucket, prefix, route, got 1'],
    [
      '[{"buckets": "b", "route": []}]',
      'routing: rule 1: expected only bucket, prefix, route, got "buckets"',
    ],
    ['[{}]', 'routing: rule 1: route: expected a list of steps, at least one, got nothing'],
    [
      '[{"route": [{"memoryClassMB": 512}]}, {"prefix": "", "route": [{"memoryClassMB": 512}]}]',
      'routing: rule 2: prefix: expected a text that is not empty, got ""',
    ],
    [
      '[{"route": [{"memoryClassMB": 300}]}]',
      'routing: rule 1: step 1: memoryClassMB: expected one of 128, 256, 512, 1024, 2048, got 300',
    ],
    [
      '[{"route": [{"memoryClassMB": 128, "belowBytes": 0}, {"memoryClassMB": 512}]}]',
      'routing: rule 1: step 1: belowBytes: expected a whole number of bytes from 1, got 0',
    ],
    [
      '[{"route": [{"memoryClassMB": 128, "belowBytes": 9}]}]',
      'routing: rule 1: last step: expected no belowBytes, so that every size has a class, got 9',
    ],
    [
      '[{"route": [{"memoryClassMB": 128}, {"memoryClassMB": 512}]}]',
      'routing: rule 1: step 1: belowBytes: expected more than 0, got nothing',
    ],
    [
      '[{"route": [{"memoryClassMB": 128, "belowBytes": 9}, {"memoryClassMB": 256, "belowBytes": 9}, {"memoryClassMB": 512}]}]',
      'routing: rule 1: step 2: belowBytes: expected more than 9, got 9',
    ],
  ])('such as %s are refused with what is wrong and where', (text, message) => {
    expect(() => parseRoutingRules(text)).toThrow(new MidstateError('InvalidInput', message));
  });
});
