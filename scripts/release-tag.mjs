// Tags a release for the GitHub action and pre-commit: HEAD with dist, which the action runs by its path. npm run
// release:tag; push the tag by hand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const git = (args, options = {}) => execFileSync('git', args, { encoding: 'utf8', ...options }).trim();
if (git(['status', '--porcelain']) !== '') throw new Error('there is uncommitted work');
execFileSync('npm', ['run', 'build'], { stdio: 'inherit' });
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-tag-'));
try {
  // An index of its own: neither the branch nor the work tree changes.
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
  git(['read-tree', 'HEAD'], { env });
  git(['add', '--force', 'dist'], { env });
  const tree = git(['write-tree'], { env });
  const commit = git(['commit-tree', tree, '-p', 'HEAD', '-m', `Release ${version}, with dist`]);
  git(['tag', `v${version}`, commit]);
  process.stdout.write(`v${version} is ${commit}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
