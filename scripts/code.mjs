// Writes what V8 makes of dist/program.cjs beside it, for the Node that runs this. It holds the code of the functions
// that a run needs: wrong charts of the fixtures are linted as one, with a stand-in for Helm, so that nothing is
// downloaded.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: ['src/launch/load.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const { load, codeName } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
const dist = pathToFileURL(`${process.cwd()}/dist/`);
const { program, script } = load(dist);
const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-code-'));
try {
  mkdirSync(join(folder, 'chart/templates'), { recursive: true });
  writeFileSync(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: chart\nversion: 1.0.0\n');
  const printed = templates().map(([name, text]) => {
    writeFileSync(join(folder, 'chart/templates', name), text);
    return text.replace(/^(?!---)/, '---\n').replaceAll(/^---$/gm, `---\n# Source: chart/templates/${name}`);
  });
  writeFileSync(join(folder, 'printed'), printed.join('\n'));
  const helm = join(folder, 'helm');
  writeFileSync(helm, `#!/bin/sh\n[ "$1" = version ] && echo v4.0.0 || cat ${folder}/printed\n`, { mode: 0o755 });
  const write = process.stdout.write;
  process.stdout.write = () => true;
  const code = await program.main([join(folder, 'chart'), '--helm', helm, '--no-config']);
  process.stdout.write = write;
  // A system without /bin/sh gets what the start needs.
  if (code !== 1 && existsSync('/bin/sh')) throw new Error(`linting the fixtures ended with ${code}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync(new URL(codeName, dist), script.createCachedData());
process.exitCode = 0;

/** The templates of each rule's first wrong chart that Helm would print as they stand. */
function templates() {
  return readdirSync('fixtures/rules').flatMap((rule) => {
    const below = join('fixtures/rules', rule, 'bad/templates');
    if (!existsSync(below)) return [];
    return readdirSync(below)
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => [`${rule}-${name}`, readFileSync(join(below, name), 'utf8')])
      .filter(([, text]) => !text.includes('{{'));
  });
}
