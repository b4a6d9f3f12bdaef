// `npm run prepare`: npm runs this where it makes a package of this folder, as in `npm install` here, `npm pack`, and
// an install out of git.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './npm.mjs';
import { build, types } from './ready.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'node_modules/esbuild'))) {
  // The --global of `npm install --global git+…` reaches the install inside the clone, which then lacks what it is
  // built with.
  const env = { ...process.env, npm_config_global: 'false' };
  // Programs read the name of the packed file from standard output.
  npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
  });
}
build();
types();
