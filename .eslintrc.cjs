// The laws of the house. The stages are a line (CONTRIBUTING.md): none may import a later one.
const stages = [
  'yaml',
  'shell',
  'tools',
  'helm',
  'git',
  'confine',
  'parse',
  'api',
  'model',
  'simulate',
  'config',
  'discover',
  'render',
  'explore',
  'from',
  'place',
  'fix',
  'check',
  'suppress',
  'report',
  'plan',
];

const later = (stage) => stages.slice(stages.indexOf(stage) + 1);
const forbid = (files, rooms, message) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: [{ regex: `(^|/)((${rooms.join('|')})/|cli\\.ts$)`, message }] }],
  },
});

module.exports = {
  root: true,
  parser: '@typescript-eslint/parser',
  parserOptions: { ecmaVersion: 2023, sourceType: 'module' },
  plugins: ['@typescript-eslint'],
  extends: ['eslint:recommended', 'plugin:@typescript-eslint/recommended', 'plugin:@typescript-eslint/stylistic'],
  env: { node: true, es2023: true },
  ignorePatterns: ['dist', 'node_modules', 'fixtures', 'coverage'],
  rules: {
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    'no-console': 'error',
    'no-control-regex': 'off',
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
  },
  overrides: [
    ...stages
      .slice(0, -1)
      // A SARIF report lists the rules.
      .filter((stage) => stage !== 'report')
      .map((stage) =>
        forbid([`src/${stage}/**/*.ts`], [...later(stage), 'cli', 'rules'], 'A stage may import earlier stages only.'),
      ),
    {
      files: ['rules/*.ts'],
      excludedFiles: ['rules/index.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              { regex: '^(?!\\.\\./src/rule\\.ts$)', message: 'A rule imports src/rule.ts and nothing else.' },
            ],
          },
        ],
      },
    },
    {
      files: ['src/**/*.ts', 'rules/**/*.ts'],
      excludedFiles: ['src/cli.ts', 'src/cli/**'],
      rules: {
        'no-restricted-globals': ['error', { name: 'process', message: 'Only the command line reads `process`.' }],
      },
    },
    { files: ['scripts/**', 'bench/**', 'src/cli/**', 'test/**'], rules: { 'no-console': 'off' } },
    // Tables of cases are long, not complicated.
    {
      files: ['scripts/**', 'test/**'],
      rules: { 'max-lines': ['error', { max: 800, skipBlankLines: true, skipComments: true }] },
    },
  ],
};
