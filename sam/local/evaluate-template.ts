import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';
import { MidstateError } from '../../src/core/failures.js';

/** Values of parameters, and of what CloudFormation itself knows (`AWS::Region`). */
export type TemplateValues = Readonly<Record<string, string | number>>;

/** What stands for "as if it were not written". */
const NO_VALUE = Symbol('AWS::NoValue');

/**
 * A template with its intrinsic functions put in: Ref, Sub, GetAtt, If, and those of conditions. Names of resources stand
 * for the resources. What a condition leaves out is not there.
 *
 * @param given values of parameters; those that are missing have their defaults
 * @throws MidstateError InvalidInput for a parameter without a value
 */
export function evaluateTemplate(text: string, given: TemplateValues): Record<string, unknown> {
  const document = parseDocument(text, { logLevel: 'silent' });
  const plain = document.toJS() as {
    Parameters?: Record<string, { Default?: string | number }>;
  };
  const conditions = document.get('Conditions');
  const evaluator = new Evaluator(plain.Parameters ?? {}, given, isMap(conditions) ? conditions : undefined);
  return evaluator.value(document.contents as Node) as Record<string, unknown>;
}

class Evaluator {
  constructor(
    private readonly parameters: Readonly<Record<string, { Default?: string | number }>>,
    private readonly given: TemplateValues,
    private readonly conditions: { get(name: string, keepScalar: true): unknown } | undefined,
  ) {}

  value(node: Node): unknown {
    const { tag } = node;
    if (tag?.startsWith('!') === true) return this.#call(tag.slice(1), node);
    return this.#plain(node);
  }

  #plain(node: Node): unknown {
    if (isSeq(node))
      return node.items.map((item) => this.value(item as Node)).filter((item) => item !== NO_VALUE);
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => [
        String(key),
        value === null ? null : this.value(value as Node),
      ]);
      return Object.fromEntries(entries.filter(([, value]) => value !== NO_VALUE)) as unknown;
    }
    return isScalar(node) ? node.value : undefined;
  }

  #call(name: string, node: Node): unknown {
    const argument = () => this.#plain(node);
    const items = () => (isSeq(node) ? (node.items as Node[]) : []);
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument()));
      case 'Sub':
        return String(argument()).replace(/\$\{([\w:.]+)\}/g, (_, ref: string) => String(this.#ref(ref)));
      case 'Condition':
        return this.#condition(String(argument()));
      case 'If': {
        const [condition, yes, no] = items();
        const chosen = this.#condition(String(isScalar(condition) ? condition.value : '')) ? yes : no;
        return chosen === undefined ? undefined : this.value(chosen);
      }
      case 'Equals': {
        const [left, right] = argument() as unknown[];
        return String(left) === String(right);
      }
      case 'Not':
        return !(argument() as boolean[])[0];
      case 'And':
        return (argument() as boolean[]).every(Boolean);
      case 'Or':
        return (argument() as boolean[]).some(Boolean);
      default: // GetAtt
        return String(argument());
    }
  }

  #condition(name: string): boolean {
    const node = this.conditions?.get(name, true);
    if (node === undefined)
      throw new MidstateError('InvalidInput', `template: there is no condition ${name}`);
    return this.value(node as Node) === true;
  }

  #ref(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const given = this.given[name];
    if (given !== undefined) return given;
    const parameter = this.parameters[name];
    if (parameter === undefined) return name;
    if (parameter.Default !== undefined) return parameter.Default;
    throw new MidstateError('InvalidInput', `template: the parameter ${name} has no value; give it one`);
  }
}
