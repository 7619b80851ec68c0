import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TEMPLATE = fileURLToPath(new URL('../../infra/sam/template.yaml', import.meta.url));

const LOCKED = {
  'node_modules/@temporalio/tiny': {
    version: '1.0.0',
    integrity: 'sha512-tiny',
    dependencies: { leaf: '1.0.0' },
  },
  'node_modules/leaf': { version: '1.0.0', integrity: 'sha512-leaf' },
  'node_modules/bundled': { version: '1.0.0', integrity: 'sha512-bundled' },
  'node_modules/rolldown': { version: '1.0.0', integrity: 'sha512-rolldown' },
};

const FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'small', version: '1.2.3' }),
  'src/lambda/starter-handler.ts': `
    import { shared } from '../shared.js';
    import { bundled } from 'bundled';
    export const handler = async (): Promise<string> => shared + bundled;`,
  'src/lambda/worker-handler.ts': `
    import { tiny } from '@temporalio/tiny';
    import { shared } from '../shared.js';
    import { only } from '../only-worker.js';
    export const handler = async (): Promise<string> => shared + tiny + only;`,
  'src/shared.ts': `export const shared: string = 'shared ';`,
  'src/only-worker.ts': `export const only: string = ' only';`,
  'node_modules/@temporalio/tiny/package.json': JSON.stringify({
    name: '@temporalio/tiny',
    main: 'index.js',
  }),
  'node_modules/@temporalio/tiny/index.js': `exports.tiny = 'tiny' + require('leaf').leaf;`,
  'node_modules/@temporalio/tiny/index.d.ts': `export declare const tiny: string;`,
  'node_modules/leaf/package.json': JSON.stringify({ name: 'leaf', main: 'index.js' }),
  'node_modules/leaf/index.js': `exports.leaf = ' leaf';`,
  'node_modules/bundled/package.json': JSON.stringify({ name: 'bundled', main: 'index.js' }),
  'node_modules/bundled/index.js': `exports.bundled = 'bundled';`,
};

/** A repository with two functions, a package for the layer that needs another, and one that is bundled. */
export class SamTree {
  readonly root = mkdtempSync(join(tmpdir(), 'midstate-sam-'));

  constructor() {
    for (const [path, text] of Object.entries(FILES)) this.write(path, text);
    this.lock({});
    mkdirSync(join(this.root, 'infra/sam'), { recursive: true });
    cpSync(TEMPLATE, join(this.root, 'infra/sam/template.yaml'));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Writes the lockfile, with other entries beside or instead of those there are. */
  lock(others: Readonly<Record<string, object>>): void {
    this.write(
      'package-lock.json',
      JSON.stringify({ lockfileVersion: 3, packages: { ...LOCKED, ...others } }),
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
