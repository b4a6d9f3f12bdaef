// Deployments that are malformed or hostile: one clear line each, nothing of a secret, and the rest is judged.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findDeployments } from '../../src/deployments/index.ts';
import { lint } from '../../src/lint.ts';
import { ReleaseOrder } from '../../src/release-order.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A repository with a chart, and what the files hold. */
function scratch(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-test-'));
  made.push(folder);
  const all = {
    'secret.yaml': 'password: hunter2\n',
    'repo/.git/HEAD': 'ref: refs/heads/main\n',
    'repo/.git/config': '[remote "origin"]\n\turl = https://git.example/acme/deploy.git\n\tpassword = hunter2\n',
    'repo/charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'repo/charts/shop/templates/none.yaml': '',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`repo/${path}`, text])),
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, 'repo');
}

const own = 'repoURL: https://git.example/acme/deploy.git';
const application = (source: string, name = 'shop') =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}}\nspec:\n  destination: {namespace: shop}\n  source:\n${indented(source, 4)}`;
const set = (spec: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n${indented(spec, 2)}`;
const template = (name = "'{{a}}'") =>
  `template:\n  metadata: {name: ${name}}\n  spec:\n    source: {${own}, path: charts/shop}\n`;
const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));

async function reasons(files: Readonly<Record<string, string>>, prepare: (root: string) => void = () => undefined) {
  const root = scratch({ 'good.yaml': application(`${own}\npath: charts/shop\n`, 'good'), ...files });
  prepare(root);
  const { deployments, leftOut } = (await findDeployments([root], root))!;
  // What is beside it is read in any case.
  expect(deployments.map(({ name }) => name)).toContain('good');
  expect(JSON.stringify({ deployments, leftOut })).not.toContain('hunter2');
  return leftOut.map(({ at, what, reason }) => `${at.file}:${at.line} ${what}: ${reason}`);
}

const chart = `${own}\npath: charts/shop\n`;
const cases: readonly (readonly [string, string, string])[] = [
  [
    'a path with dots out of the repository',
    application(`${own}\npath: ../../etc\n`),
    'Application shop: its path "../../etc": it leads out of the repository',
  ],
  ['a path into .git', application(`${own}\npath: .git\n`), 'Application shop: its path ".git": it leads into .git'],
  [
    'values out of .git',
    application(`${chart}helm: {valueFiles: [/.git/config]}\n`),
    'Application shop: its values file "/.git/config": it leads into .git',
  ],
  [
    'an address with a password',
    application('repoURL: https://me:hunter2@git.example/other/repo.git?token=hunter2#hunter2\npath: {}\n'),
    'Application shop: spec.source.path is a mapping, where the API server takes only a string',
  ],
  [
    'a chart at an address with a password',
    application('repoURL: https://me:hunter2@git.example/other/repo.git?token=hunter2#hunter2\npath: charts/shop\n'),
    '',
  ],
  [
    'values at an address with a password',
    application(`${chart}helm: {valueFiles: ["https://hunter2:hunter2@values.example/a.yaml?hunter2"]}\n`),
    'Application shop: its values file is not in this repository: https://values.example/a.yaml',
  ],
  [
    'a list in place of a source',
    application('[]\n'),
    'Application shop: spec.source is a list, where the API server takes only a mapping',
  ],
  [
    'values of another type',
    application(`${chart}helm: {values: {a: 1}}\n`),
    'Application shop: spec.source.helm.values is a mapping, where the API server takes only a string',
  ],
  [
    'a name with control characters and no end',
    application(`${own}\npath: "${'a'.repeat(5_000)}"\n`, `"${'x'.repeat(9_000)}"`),
    `Application ${'x'.repeat(253)}: its path its path is not one of a file`,
  ],
  [
    'aliases that multiply',
    `${['b: &b [x,x,x,x,x,x,x,x,x]', ...[...'cdefghij'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'bcdefghij'[index]!}`).join(',')}]`)].join('\n')}\n${application(chart)}`,
    'bad.yaml: it is not YAML: aliases that expand to too much',
  ],
  [
    'text that is no YAML',
    application(`${own}\n  path: charts/shop\n`),
    "bad.yaml: it is not YAML: a ':' where no mapping can begin",
  ],
  [
    'a matrix of a million sets',
    set(
      `generators:\n  - matrix:\n      generators:\n        - list: {elements: [${'{a: k},'.repeat(1_000)}]}\n        - list: {elements: [${'{b: z},'.repeat(1_000)}]}\n${template()}`,
    ),
    'ApplicationSet all: its generators make more than 2000 Applications',
  ],
  [
    'generators in generators in generators',
    set(
      `generators:\n  - matrix: {generators: [{list: {elements: [{a: x}]}}, {matrix: {generators: [{list: {elements: [{b: x}]}}, {matrix: {generators: []}}]}}]}\n${template()}`,
    ),
    'ApplicationSet all: its generators are nested deeper than Argo CD allows',
  ],
  [
    'a generator that is a text',
    set(`generators: [list]\n${template()}`),
    'ApplicationSet all: a generator is not a mapping',
  ],
  [
    'generators that are none',
    set(`generators: 5\n${template()}`),
    'ApplicationSet all: spec.generators is missing or of another type',
  ],
  [
    'a Go template that would run forever',
    set(
      `goTemplate: true\ngenerators: [{list: {elements: [{a: x}]}}]\n${template("'{{ range untilStep 0 1000000000 1 }}x{{ end }}'")}`,
    ),
    'ApplicationSet all: its Go template is not read: {{ range untilStep 0 1000000000 1 }}',
  ],
  [
    'a text that grows',
    set(
      `goTemplate: true\ngenerators: [{list: {elements: [{a: ${'x'.repeat(5_000)}}]}}]\n${template(`'${'{{ .a }}'.repeat(400)}'`)}`,
    ),
    'ApplicationSet all: its template makes too long a text',
  ],
  [
    'files of a generator out of the repository',
    set(`generators: [{git: {${own}, files: [{path: ../../secret.yaml}]}}]\n${template()}`),
    '',
  ],
];

it.each(cases)('%s', async (_, text, expected) => {
  const found = await reasons({ 'bad.yaml': text });
  expect(found.map((line) => line.replace(/^bad\.yaml:\d+ /, ''))).toEqual(expected === '' ? [] : [expected]);
  for (const line of found) expect(line).not.toMatch(/\n| {4}at /);
});

it('links out of the repository are not followed: of values, charts and folders', async () => {
  const found = await reasons(
    {
      'a.yaml': application(`${chart}helm: {valueFiles: [link.yaml]}\n`, 'a'),
      'b.yaml': application(`${own}\npath: linked\n`, 'b'),
      'c.yaml': application(`${chart}helm: {valueFiles: ["*.yaml"]}\n`, 'c'),
    },
    (root) => {
      symlinkSync('../../../secret.yaml', join(root, 'charts/shop/link.yaml'));
      symlinkSync('/etc', join(root, 'linked'));
      symlinkSync(root, join(root, 'endless'));
    },
  );
  expect(found).toEqual([
    expect.stringContaining('Application a: its values file "link.yaml": it leads out of the repository'),
    expect.stringContaining('Application b: its path "linked": it leads out of the repository'),
    expect.stringContaining('Application c: its values file "link.yaml": it leads out of the repository'),
  ]);
});

it('patterns with many stars take no time', async () => {
  const pattern = `${'*a'.repeat(40)}b`;
  expect(
    await reasons({
      'bad.yaml': application(`${chart}helm: {valueFiles: ["${pattern}"]}\n`),
      [`charts/shop/${'a'.repeat(200)}`]: '',
    }),
  ).toEqual([expect.stringContaining('match no file')]);
});

it('Applications that apply each other, and themselves, come to an end', async () => {
  const found = await reasons({
    'one/a.yaml': application(`${own}\npath: two\n`, 'a'),
    'two/b.yaml': application(`${own}\npath: one\n`, 'b'),
    'three/c.yaml': application(`${own}\npath: three\n`, 'c'),
  });
  expect(found).toEqual(['three/c.yaml:2 Application c: its source is a folder of manifests, not a chart']);
});

it('a cycle of thousands of releases is one finding', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `r${index}`);
  const order = new ReleaseOrder(
    names.map((name, index) => ({
      by: 'flux',
      name,
      at: { file: 'all.yaml', line: index + 1 },
      chart: { kind: 'elsewhere', source: 'git', url: '', name },
      releaseName: name,
      values: [],
      apiVersions: [],
      skipCrds: false,
      skipSchemaValidation: false,
      engine: 'flux',
      wait: true,
      disabledHooks: [],
      after: [names[(index + 1) % names.length]!, 'unknown'],
      notApplied: [],
    })),
  );
  const found = order.findings();
  expect(found.map(({ finding }) => [finding.severity, finding.rule, finding.location.line])).toEqual([
    ['error', 'release-order', 1],
  ]);
  expect(found[0]!.finding.because.length).toBeLessThan(60);
});

it('inline values are written outside of the checkout, and are gone afterwards', async () => {
  const root = scratch({
    'a.yaml': application(`${chart}helm:\n  values: |\n    a: [\n`, 'a'),
  });
  const { errors, charts } = await lint({ paths: ['.'], cwd: root, env: process.env });
  const text = JSON.stringify({ errors: errors.map(({ message }) => message), charts });
  expect(text).toContain('a.yaml');
  expect(text).not.toContain('values-0.yaml');
  expect(existsSync(join(root, 'values-0.yaml'))).toBe(false);
});
