import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { evaluateTemplate, type TemplateValues } from './evaluate-template.js';

/** What a template says of a function, as far as running it needs it. */
export interface FunctionSpec {
  /** `starter`, `worker-128`, … */
  readonly name: string;
  /** Its unpacked code. */
  readonly taskRoot: string;
  /** Its layer, unpacked; a folder that is not there for a function without one. */
  readonly layerRoot: string;
  readonly runtime: string;
  readonly memoryMB: number;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}

interface Common {
  readonly Layers?: readonly string[];
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string | number>> };
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Common & {
    readonly CodeUri?: string;
    readonly ContentUri?: string;
    readonly MemorySize?: number;
    readonly Timeout?: number | string;
  };
}

/**
 * The functions of a template that `npm run sam:build` has written, with the parameters given.
 * @throws MidstateError InvalidInput for a parameter without a value
 */
export function readFunctionSpecs(templateFile: string, values: TemplateValues): FunctionSpec[] {
  const template = evaluateTemplate(readFileSync(templateFile, 'utf8'), values);
  const { Function: common } = template['Globals'] as { Function: Common & { Runtime: string } };
  const resources = Object.entries(template['Resources'] as Record<string, Resource>);
  const layers = new Map(resources.filter(([, { Type }]) => Type === 'AWS::Serverless::LayerVersion'));
  const folder = dirname(templateFile);
  const unpacked = (archive = '') => join(folder, basename(archive, '.zip'));
  const layerOf = ([id]: readonly string[]) =>
    id === undefined ? join(folder, 'no-layer') : unpacked(layers.get(id)?.Properties?.ContentUri);
  return resources
    .filter(([, { Type }]) => Type === 'AWS::Serverless::Function')
    .map(([id, { Properties = {} }]) => ({
      name: nameOf(id),
      taskRoot: unpacked(Properties.CodeUri),
      layerRoot: layerOf([...(common.Layers ?? []), ...(Properties.Layers ?? [])]),
      runtime: common.Runtime,
      memoryMB: Properties.MemorySize ?? 128,
      timeoutMs: Number(Properties.Timeout ?? 3) * 1_000,
      env: textsOf({ ...common.Environment?.Variables, ...Properties.Environment?.Variables }),
    }));
}

/** `Worker128Function` is `worker-128`. */
function nameOf(logicalId: string): string {
  return logicalId
    .replace(/Function$/, '')
    .replace(/([a-z])(\d)/g, '$1-$2')
    .toLowerCase();
}

function textsOf(variables: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}
