import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helmBinary } from './helm/binaries.ts';
import { parseManifest, splitManifests } from '../src/parse/index.ts';
import { hookOf } from '../src/model/hook.ts';
import { readYaml, YamlError } from '../src/yaml/index.ts';
import { ask, differences, printed, seenByHelm, seenByUs } from './helm-yaml/compare.ts';
import { randomOf, spelling } from './helm-yaml/spellings.ts';

const here = join(import.meta.dirname, 'helm-yaml');

interface Case {
  text: string;
  value?: unknown;
  refused?: true;
}
/** Answers of Helm's library, recorded; the values as JSON. */
const torture = (
  JSON.parse(readFileSync(join(here, 'torture.json'), 'utf8')) as { text: string; json?: string; refused?: true }[]
).map(({ json, ...rest }): Case => (json === undefined ? rest : { ...rest, value: JSON.parse(json) as unknown }));

/** What is read, or the word for what is not. */
function reading(text: string): unknown {
  try {
    return readYaml(text).value ?? null;
  } catch (error) {
    if (error instanceof YamlError) return 'refused';
    throw error;
  }
}

/** What Helm may read, and is reported as not judged: it is not worth the doubt. */
const doubtful = new Set(['[]: c', '{}: c', 'a: !!timestamp 2001-01-01']);

describe('documents read as sigs.k8s.io/yaml reads them', () => {
  it.each(torture)('$text', ({ text, value, refused }) => {
    const read = reading(text);
    if (doubtful.has(text)) expect(read).toBe('refused');
    else expect(read).toEqual(refused ? 'refused' : value);
  });
});

const docOf = (text: string) => splitManifests(`---\n# Source: c/templates/x.yaml\n${text}\n`, 'chart');
const hooksIn = (text: string) =>
  docOf(text).flatMap((manifest) =>
    parseManifest(manifest).resources.flatMap((resource) => {
      const hook = hookOf(resource);
      return hook ? [`${resource.kind}/${resource.name} ${hook.events.join()} ${hook.weight}`] : [];
    }),
  );
const unreadIn = (text: string) =>
  docOf(text).flatMap((manifest) => parseManifest(manifest).unread.map(({ reason }) => reason));
const hook = 'metadata: {name: m, annotations: {helm.sh/hook: pre-install}}\nkind: Job\napiVersion: batch/v1\n';

describe('hooks that Helm sees', () => {
  it.each([
    ['4,001 lines of comments before them', `${'# x\n'.repeat(4_001)}${hook}`],
    ['NEL as line breaks', hook.replaceAll('\n', '\u0085')],
    ['LS as line breaks', hook.replaceAll('\n', '\u2028')],
    ['PS as line breaks', hook.replaceAll('\n', '\u2029')],
    ['CR as line breaks', hook.replaceAll('\n', '\r')],
    ['a marker that LS ends', `---\u2028${hook}`],
    ['a second marker', `---\n${hook}`],
    ['a byte order mark', `\ufeff${hook}`],
    // As Grafana's dashboards have them. Helm 3.17.3 and 4.2.3 install such a ConfigMap.
    ['byte order marks within lines', `${hook}data: {a: "b\ufeffc"}\nspec: |\n  d \ufeffe\n  \ufefff\n# \ufeffg\n`],
    [
      'an anchor at another key',
      'x: &a {name: m, annotations: {helm.sh/hook: pre-install}}\nkind: Job\nmetadata: *a\n',
    ],
    ['a merged mapping', 'x: &a {helm.sh/hook: pre-install}\nkind: Job\nmetadata: {name: m, annotations: {<<: *a}}\n'],
    [
      '!!binary',
      `kind: Job\nmetadata: {name: m, annotations: {!!binary aGVsbS5zaC9ob29r : !!binary cHJlLWluc3RhbGw=}}\n`,
    ],
    ['101 uses of one anchor', `${hook}spec: [&a {b: c}${', *a'.repeat(101)}]\n`],
    ['3 MiB and more of comments', `${hook}${'# x\n'.repeat(1_000_000)}`],
    ['a quoted text that goes on at column 0', `spec: 'a\nb: c'\n${hook}`],
    ['lists 400 deep', `spec: ${'['.repeat(400)}${']'.repeat(400)}\n${hook}`],
    ['a key twice: the last counts', `kind: Pod\n${hook}`],
    ['tabs behind a colon', hook.replaceAll(': ', ':\t')],
  ])('%s', (_, text) => {
    expect(hooksIn(text)).toEqual(['Job/m pre-install 0']);
    expect(unreadIn(text)).toEqual([]);
  });
  it.each([
    ['Kind', hook.replace('kind', 'Kind')],
    ['METADATA', hook.replace('metadata', 'METADATA')],
    ['Annotations', hook.replace('annotations', 'Annotations')],
    ['\u212aind', hook.replace('kind', '\u212aind')],
  ])('%s, which Kubernetes does not read', (key, text) => {
    expect(hooksIn(text)).toEqual(['Job/m pre-install 0']);
    expect(unreadIn(text)).toEqual([
      `Helm reads ${key} as ${key === '\u212aind' ? 'kind' : key.toLowerCase()}, but Kubernetes does not`,
    ]);
  });
  it('everything with items is a list, and a hook as a whole', () => {
    const text = `kind: Pack\napiVersion: x/v1\nmetadata: {name: p, annotations: {helm.sh/hook: pre-upgrade, helm.sh/hook-weight: 3}}\nitems:\n- kind: Job\n  metadata: {name: a}\n- metadata: {name: b, annotations: {helm.sh/hook: test}}\n- kind: List\n  items: [{kind: Pod, metadata: {name: c}}]\n`;
    expect(hooksIn(text)).toEqual(['Job/a pre-upgrade 3', 'Pack/b pre-upgrade 3', 'Pod/c pre-upgrade 3']);
  });
  it.each([
    ['5', 5],
    ['"5"', 5],
    ['010', 8],
    ['0x10', 16],
    ['1_0', 10],
    ['1e3', 1000],
    ['1e6', 0],
    ['1.5', 0],
    ['" 5"', 0],
    ['yes', 0],
    ['"+5"', 5],
  ])('weight %s is %s', (written, weight) =>
    expect(
      hooksIn(`kind: Job\nmetadata: {name: m, annotations: {helm.sh/hook: test, helm.sh/hook-weight: ${written}}}`),
    ).toEqual([`Job/m test ${weight}`]),
  );
});

describe('what is not judged says so', () => {
  it.each([
    ['text behind the end', `${hook}...\n${hook}`, 'Helm and Kubernetes ignore what follows the end of the document'],
    [
      'keys of which either may count',
      `${hook}data: {1: a, "1": b}`,
      'not read as YAML: the key 1 is written as a int and as a string: either may count',
    ],
    [
      'nesting without end',
      `spec: ${'['.repeat(600)}${']'.repeat(600)}`,
      'not read as YAML: nested deeper than 500 levels',
    ],
    [
      'a bomb',
      `a: &a [x]\n${Array.from({ length: 9 }, (_, index) => `${'bcdefghij'[index]}: &${'bcdefghij'[index]} [${Array(10).fill(`*${'abcdefghi'[index]}`).join()}]`).join('\n')}`,
      'not read as YAML: aliases that expand to too much',
    ],
    ['UTF-16', `\ufffd\ufffdk\0i\0n\0d\0:\0 \0J\0o\0b\0`, 'not read as YAML: a control character within the text'],
    [
      'no items',
      `kind: Pack\nitems: []\n${hook}kind: Pack\n`,
      'to Kubernetes it is a list without items, so nothing of it is created',
    ],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}', 'it has no kind, so Kubernetes refuses it'],
    ['items that are no list', `${hook}items: {a: b}`, 'items is no list, so Kubernetes refuses it'],
  ])('%s', (_, text, reason) => expect(unreadIn(text)).toContain(reason));
  it('with the line', () => expect(parseManifest(docOf(`${hook}a: b: c\n`)[0]!).unread).toMatchObject([{ line: 6 }]));
});

it('a key that is written twice is known, with both lines', () => {
  const [resource] = parseManifest(docOf('kind: Job\nspec:\n  a: 1\n  b: {c: 1, "c": 1}\n  a: 3\n')[0]!).resources;
  expect(resource!.repeatedKeys).toEqual([
    { path: ['spec', 'b', 'c'], firstLine: 6, line: 6, same: true },
    { path: ['spec', 'a'], firstLine: 5, line: 7, same: false },
  ]);
  expect(resource!.get('spec')).toEqual({ a: 3, b: { c: 1 } });
});

const go = spawnSync('go', ['version']).status === 0;
describe.each(['v3', 'v4'])("Helm's own library, %s", (version) => {
  it.skipIf(!go)(`reads 500 spellings and the torture set alike${go ? '' : ' (not run: Go is not installed)'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-'));
    try {
      const program = join(folder, 'helm-yaml');
      const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: join(here, version), encoding: 'utf8' });
      expect(built.stderr, built.stderr).not.toMatch(/^\S+\.go:\d+/m);
      expect(built.status, built.stderr).toBe(0);
      const random = randomOf(7);
      const files = Array.from({ length: 500 }, () => spelling(random, true));
      for (const [index, answer] of ask(program, files).entries()) {
        if (answer.error !== undefined) continue;
        const us = seenByUs(printed(answer));
        if (us.unread.length === 0) expect(differences(seenByHelm(answer), us), files[index]).toEqual([]);
      }
      const answers = ask(
        program,
        torture.map(({ text }) => text),
      );
      for (const [index, { text, value, refused }] of torture.entries())
        expect(answers[index]!.refused === undefined ? answers[index]!.value : 'refused', text).toEqual(
          refused ? 'refused' : value,
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.each(['3.17.3', '4.2.3'] as const)('Helm %s', (version) => {
  it('prints 150 spellings, of which --no-hooks leaves out what we take for hooks', async () => {
    const { path: helm } = await helmBinary(version);
    const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-'));
    try {
      mkdirSync(join(folder, 'templates'));
      writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 1.0.0\n');
      const random = randomOf(11);
      for (let index = 0; index < 150; index += 1)
        writeFileSync(join(folder, 'templates', `x${index}.yaml`), spelling(random, false));
      const render = (...args: string[]): string => {
        const { status, stdout, stderr } = spawnSync(helm, ['template', 'r', folder, ...args], { encoding: 'utf8' });
        if (status === 0) return stdout;
        const refused = /c\/(templates\/x\d+\.yaml)/.exec(stderr)?.[1];
        if (refused === undefined) throw new Error(stderr);
        rmSync(join(folder, refused));
        return render(...args);
      };
      const all = splitManifests(render(), 'chart');
      const left = new Set(
        splitManifests(render('--no-hooks'), 'chart').map(({ source, text }) => `${source} ${text.trimEnd()}`),
      );
      const wrong: string[] = [];
      let hooks = 0;
      for (const manifest of all) {
        const { resources, unread } = parseManifest(manifest);
        const isHook = !left.has(`${manifest.source} ${manifest.text.trimEnd()}`);
        if (isHook) hooks += 1;
        if (unread.length > 0 && resources.length === 0) continue;
        if (resources.some((resource) => (hookOf(resource) !== undefined) !== isHook)) wrong.push(manifest.text);
      }
      expect(wrong).toEqual([]);
      expect(hooks).toBeGreaterThan(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
