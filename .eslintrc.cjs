const core = require('./scripts/core.cjs');

// Who may import whom: .dependency-cruiser.cjs.
module.exports = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: { ecmaVersion: 2023, sourceType: 'module' },
  plugins: ['@typescript-eslint'],
  extends: ['eslint:recommended', 'plugin:@typescript-eslint/recommended', 'plugin:@typescript-eslint/stylistic'],
  env: { node: true, es2023: true },
  ignorePatterns: ['!site/.vitepress', 'dist', 'node_modules', 'fixtures', 'coverage'],
  rules: {
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    'no-console': 'error',
    'no-control-regex': 'off',
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  },
  overrides: [
    {
      files: ['src/**/*.ts', 'rules/**/*.ts'],
      excludedFiles: ['src/cli.ts', 'src/cli/**', 'src/launch/cli.ts'],
      rules: {
        'no-restricted-globals': ['error', { name: 'process', message: 'Only the command line reads `process`.' }],
      },
    },
    {
      files: core.map(
        (files) => `${files.replaceAll('(', '@(').replaceAll('\\.', '.')}${files.endsWith('/') ? '**/*.ts' : ''}`,
      ),
      rules: {
        'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'setImmediate', 'require', '__dirname'],
      },
    },
    { files: ['scripts/**', 'site/build/**', 'bench/**', 'src/cli/**', 'test/**'], rules: { 'no-console': 'off' } },
    // Tables of cases are long, not complicated.
    {
      files: ['scripts/**', 'test/**'],
      rules: { 'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }] },
    },
  ],
};
