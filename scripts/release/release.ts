// `npm run release`: everything that a release has beside the npm package, in `release/`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archive, sha256, type Member } from './archive.ts';
import { buildExecutable } from './executable.ts';
import { formula, type Asset } from './formula.ts';
import { notes } from './notes.ts';
import { helm3Plugin, helm4Plugin, provenanceMessage } from './plugin.ts';
import { sbom } from './sbom.ts';
import { programName, targets, type Target } from './targets.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    out: { type: 'string', default: 'release' },
    tag: { type: 'string' },
    sign: { type: 'string' },
  },
});
const out = resolve(values.out);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

try {
  release();
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`);
  process.exitCode = 1;
}

function release(): void {
  const unknown = values.target?.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined)
    throw new Error(`no target ${unknown}; there are ${targets.map(({ name }) => name).join(', ')}`);
  const chosen = targets.filter(({ name }) => values.target?.includes(name) ?? true);
  const { text, released } = notes(readFileSync('CHANGELOG.md', 'utf8'), version);
  if (values.tag !== undefined && values.tag !== `v${version}`)
    throw new Error(`the tag is ${values.tag}, and package.json has ${version}`);
  if (values.tag !== undefined && !released) throw new Error(`CHANGELOG.md has no section [${version}]`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  execFileSync(process.execPath, ['scripts/build.mjs', '--metafile'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const assets = chosen.flatMap((target) => archives(target));
  assets.push(put(`migrate-lint-${version}.cdx.json`, sbom(inputs())));
  writeFileSync(join(out, 'SHA256SUMS'), assets.map((asset) => `${asset.sha256}  ${asset.name}\n`).join(''));
  writeFileSync(join(out, 'NOTES.md'), `${text}\n`);
  if (chosen.length === targets.length) writeFileSync(join(out, 'migrate-lint.rb'), formula(version, assets));
  if (!released) process.stderr.write(`CHANGELOG.md has no section [${version}]: NOTES.md holds [Unreleased]\n`);
}

/** The two archives of a target: the executable with Helm 3's `plugin.yaml`, and Helm 4's plugin. */
function archives(target: Target): Asset[] {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-release-'));
  try {
    const name = programName(target);
    // The name of the file is part of what is built.
    buildExecutable(target, join(folder, name));
    const program = { name, data: readFileSync(join(folder, name)), executable: true };
    const texts = ['LICENSE', 'README.md'].map((file) => ({ name: file, data: readFileSync(file) }));
    const plain = [program, { name: 'plugin.yaml', data: helm3Plugin(version, target) }, ...texts];
    const plugin = helm4Plugin(version, target);
    // In a folder, as `helm plugin package` makes it: Helm 4 takes no other from a file.
    const inFolder = ({ name: file, ...rest }: Member) => ({ name: `migrate-lint/${file}`, ...rest });
    const helm4 = [{ name: 'plugin.yaml', data: plugin }, program, ...texts].map(inFolder);
    const helm4Name = `migrate-lint-${version}-helm4-${target.name}.tgz`;
    const made = [
      put(`migrate-lint-${version}-${target.name}.tar.gz`, archive(plain, seconds())),
      put(helm4Name, archive(helm4, seconds())),
    ];
    if (values.sign !== undefined) made.push(signed(helm4Name, provenanceMessage(plugin, helm4Name, made[1]!.sha256)));
    return made;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The provenance file of a plugin's archive, signed by the key that `--sign` names. */
function signed(name: string, message: string): Asset {
  const text = execFileSync(
    'gpg',
    ['--batch', '--local-user', values.sign!, '--digest-algo', 'SHA512', '--clearsign'],
    {
      input: message,
      encoding: 'utf8',
    },
  );
  return put(`${name}.prov`, text);
}

function put(name: string, data: Uint8Array | string): Asset {
  writeFileSync(join(out, name), data);
  const bytes = Buffer.byteLength(data);
  process.stdout.write(`${name}  ${(bytes / 1e6).toFixed(1)} MB\n`);
  return { name, sha256: sha256(data) };
}

/** When this commit was made: archives of one commit are the same wherever and whenever they are built. */
function seconds(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  return Number(given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }));
}

function inputs(): string[] {
  const file = 'node_modules/.cache/migrate-lint/bundle.json';
  return JSON.parse(readFileSync(file, 'utf8')) as string[];
}
