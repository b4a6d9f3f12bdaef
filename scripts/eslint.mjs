// ESLint 9 reads .eslintrc.cjs only with this variable; set here so that it works on every shell.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  'npx',
  [
    '--no-install',
    'eslint',
    '--no-error-on-unmatched-pattern',
    '--ext',
    '.ts',
    'src',
    'rules',
    'test',
    'scripts',
    'bench',
    'site',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false', NODE_OPTIONS: '--no-warnings' } },
);
process.exitCode = status ?? 1;
