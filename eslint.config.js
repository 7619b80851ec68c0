import tseslint from 'typescript-eslint';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';

/** Refuses every import but those that match: a fence is an allow-list. */
function fence(files, allowed, why) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^(?!(?:${allowed.join('|')})$)`, message: why }] },
      ],
    },
  };
}

const CORE = String.raw`\.{1,2}/(?:\.\./)*src/core/[\w-]+\.js`;
const SIBLING = String.raw`\./[\w-]+\.js`;

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.midstate/', 'infra/sam/build/'] },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { sourceType: 'module' },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      'import-x/extensions': ['.ts'],
    },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400 }],
      'max-params': ['error', 5],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'src/config.ts is the one place that reads the environment.',
        },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^@aws-sdk/', message: 'src/storage is the only importer of the AWS SDK.' }] },
      ],
    },
  },
  fence(
    ['src/core/**/*.ts'],
    [SIBLING, '@noble/hashes/[\\w]+\\.js'],
    'src/core is pure and workflow-safe: it imports itself, and nothing that does I/O, reads a clock or weighs down the bundle.',
  ),
  fence(
    ['workflows/**/*.ts'],
    [SIBLING, CORE, '@temporalio/(?:workflow|common)', String.raw`\.\./activities/index\.js`],
    'A workflow imports @temporalio/workflow, src/core, and types of the activities.',
  ),
  {
    files: ['src/core/**/*.ts', 'workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'fetch', 'crypto', 'setImmediate'].map((name) => ({
          name,
          message: 'It does not exist in a workflow.',
        })),
      ],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'src/core reads no clock.',
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: 'src/core reads no clock.',
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: 'src/core is pure.',
        },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: String.raw`\.\./activities/`,
              allowTypeImports: true,
              message: 'Only types of activities: their code does not run in a workflow.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/hashing/**/*.ts', 'src/storage/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^@temporalio/', message: 'Hashing and storage run and are tested without Temporal.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/local/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts', 'sam/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  { files: ['src/config.ts', 'test/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['*.config.{ts,js}'], rules: { 'import-x/no-default-export': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
