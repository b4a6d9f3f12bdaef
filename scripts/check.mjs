// `npm run check`: types, lint, the laws of imports and format, side by side. What has not changed since the last time
// is not looked at again.
import { spawn } from 'node:child_process';

const cache = 'node_modules/.cache/migrate-lint';
const checks = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', `${cache}/types.json`],
  'types of the page': [
    'node_modules/typescript/bin/tsc',
    ...[
      '--noEmit',
      '--project',
      'src/plan/html/browser',
      '--incremental',
      '--tsBuildInfoFile',
      `${cache}/page-types.json`,
    ],
  ],
  'types of the site': [
    'node_modules/typescript/bin/tsc',
    ...['--noEmit', '--project', 'site', '--incremental', '--tsBuildInfoFile', `${cache}/site-types.json`],
  ],
  'types of the extension': [
    'node_modules/typescript/bin/tsc',
    ...['--noEmit', '--project', 'editors/vscode', '--incremental', '--tsBuildInfoFile', `${cache}/vscode-types.json`],
  ],
  lint: ['scripts/eslint.mjs', '--cache', '--cache-strategy=content', `--cache-location=${cache}/eslint`],
  laws: [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'src',
    'rules',
  ],
  format: [
    'node_modules/prettier/bin/prettier.cjs',
    ...[
      '--check',
      '--log-level=warn',
      '--cache',
      '--cache-strategy=content',
      `--cache-location=${cache}/prettier`,
      '.',
    ],
  ],
};

const run = (args) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    child.on('close', (code) => resolve({ code, text }));
  });

const results = await Promise.all(Object.entries(checks).map(async ([name, args]) => ({ name, ...(await run(args)) })));
for (const { name, code, text } of results) {
  if (code !== 0) {
    process.stdout.write(`${text}${name}: failed\n`);
    process.exitCode = 1;
  }
}
