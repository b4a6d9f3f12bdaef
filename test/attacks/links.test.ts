// Promises about links: what a chart, or a path that leads to one, can make Helm read. `TOKEN-1234` stands for a secret
// of the runner.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../chart/cli.ts';
import { chartYaml, goodJob, hookJob, Scratch } from './repository.ts';

/** A chart that puts files of its own, read by Helm, into a finding. */
const thief = (pattern: string) =>
  hookJob().replace(
    'name: migrate\n',
    `name: {{ range $path, $_ := .Files.Glob ${JSON.stringify(pattern)} }}{{ $.Files.Get $path | b32enc | trunc 40 | replace "=" "" | lower }}{{ end }}x\n`,
  );
/** As `b32enc | lower` writes it. */
const stolen = 'krhuwrkofuytemzu';

const scratch = (pattern: string) => {
  const here = new Scratch();
  here.write({ 'charts/shop/Chart.yaml': chartYaml(), 'charts/shop/templates/job.yaml': thief(pattern) });
  writeFileSync(join(here.outside, 'secret'), 'TOKEN-1234');
  return here;
};
const lint = (here: Scratch, ...args: string[]) => {
  const { code, stdout, stderr } = run(args.length > 0 ? args : ['charts'], { cwd: here.root });
  return { code, said: stdout + stderr };
};

describe('does not read what a link of the chart leads to outside of the repository', () => {
  it('a file', () => {
    const here = scratch('secret');
    symlinkSync(join(here.outside, 'secret'), join(here.root, 'charts/shop/secret'));
    const { code, said } = lint(here);
    expect(said).not.toContain(stolen);
    expect([code, said]).toEqual([
      2,
      'migrate-lint: charts/shop: secret is a link that may not be followed: it leads out of the repository\n',
    ]);
  });
  it('a folder, through two links', () => {
    const here = scratch('all/deep/secret');
    mkdirSync(join(here.outside, 'deep'));
    writeFileSync(join(here.outside, 'deep/secret'), 'TOKEN-1234');
    symlinkSync(here.outside, join(here.root, 'two'));
    symlinkSync('../../two', join(here.root, 'charts/shop/all'));
    const { code, said } = lint(here);
    expect(said).not.toContain(stolen);
    expect([code, said]).toEqual([2, expect.stringContaining('it leads out of the repository')]);
  });
  it.each([
    ['is', 'l\xff', (name: Buffer, secret: string) => symlinkSync(secret, name)],
    [
      'is in a folder that is',
      'd\xff',
      (name: Buffer, secret: string) => (
        mkdirSync(name),
        symlinkSync(secret, Buffer.concat([name, Buffer.from('/x')]))
      ),
    ],
  ])('what %s not named in UTF-8, which Helm follows', (_, name, make) => {
    const here = scratch('**');
    make(Buffer.from(`${join(here.root, 'charts/shop')}/${name}`, 'latin1'), join(here.outside, 'secret'));
    const { code, said } = lint(here);
    expect(said).not.toContain(stolen);
    expect([code, said]).toEqual([
      2,
      `migrate-lint: charts/shop: not read: ${name[0]}\ufffd has a name that is not plain UTF-8\n`,
    ]);
  });
  it('the values of ci/', () => {
    const here = scratch('none');
    here.write({ 'charts/shop/templates/job.yaml': hookJob().replace('migrate\n', '{{ .Values.token | lower }}\n') });
    writeFileSync(join(here.outside, 'values.yaml'), 'token: TOKEN-1234\n');
    mkdirSync(join(here.root, 'charts/shop/ci'));
    symlinkSync(join(here.outside, 'values.yaml'), join(here.root, 'charts/shop/ci/a-values.yaml'));
    expect(lint(here).said).not.toContain('token-1234');
  });
  it('the chart itself, an archive and a file of manifests, found by a glob', () => {
    const here = scratch('none');
    mkdirSync(join(here.outside, 'other/templates'), { recursive: true });
    writeFileSync(join(here.outside, 'other/Chart.yaml'), chartYaml('other'));
    writeFileSync(join(here.outside, 'other/templates/job.yaml'), hookJob().replace('migrate\n', 'token-1234\n'));
    symlinkSync(join(here.outside, 'other'), join(here.root, 'charts/other'));
    symlinkSync(join(here.outside, 'other/templates/job.yaml'), join(here.root, 'charts/job.yaml'));
    for (const args of [['charts/*'], ['--files', 'charts/job.yaml'], ['charts/job.yaml'], ['charts/other']]) {
      const { said } = lint(here, ...args);
      expect(said).not.toContain('token-1234');
    }
    expect(lint(here, 'charts/other')).toEqual({
      code: 2,
      said: expect.stringContaining('charts/other: not read: it leads out of the repository'),
    });
  });
});

describe("does not read git's own files", () => {
  const config = (here: Scratch) =>
    writeFileSync(join(here.root, '.git/config'), 'TOKEN-1234 = AUTHORIZATION\n', { flag: 'w' });

  it.each([
    ['a link to .git/config', '../../.git/config', 'stolen', 'stolen', 'it leads into .git'],
    ['a link to the root', '../..', 'all', 'all/.git/config', "git's own folder, reached by a link"],
  ])('%s', (_, target, name, pattern, why) => {
    const here = scratch(pattern);
    symlinkSync(target, join(here.root, 'charts/shop', name));
    config(here);
    const { code, said } = lint(here);
    expect(said).not.toContain(stolen);
    expect([code, said]).toEqual([2, expect.stringContaining(why)]);
  });

  it('a chart at the root of its repository', () => {
    const here = new Scratch().write({ 'Chart.yaml': chartYaml(), 'templates/job.yaml': thief('.git/config') });
    config(here);
    const { code, said } = lint(here, '.');
    expect(said).not.toContain(stolen);
    expect([code, said]).toEqual([1, expect.stringContaining('templates/job.yaml:')]);
  });

  it('a subchart that is a repository', () => {
    const here = scratch('none').write({
      'charts/shop/charts/sub/Chart.yaml': chartYaml('sub'),
      'charts/shop/charts/sub/templates/job.yaml': thief('.git/config'),
    });
    here.gitIn('charts/shop/charts/sub', 'init', '-q');
    writeFileSync(join(here.root, 'charts/shop/charts/sub/.git/config'), 'TOKEN-1234 = AUTHORIZATION\n');
    const { said } = lint(here);
    expect(said).not.toContain(stolen);
    expect(said).toContain('charts/sub/templates/job.yaml:');
  });
});

it('follows a link that stays in the repository, and finds the line', () => {
  const here = new Scratch().write({
    'charts/shop/Chart.yaml': chartYaml(),
    'common/job.yaml': hookJob(),
    'charts/shop/templates/own.yaml': goodJob
      .replace('name: migrate\n', 'name: own-{{ "a" }}\n')
      .replace('  backoffLimit: 1\n', ''),
  });
  mkdirSync(join(here.root, 'charts/shop/files'));
  symlinkSync('../../../common/job.yaml', join(here.root, 'charts/shop/files/linked.yaml'));
  const { code, said } = lint(here);
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/^charts\/shop [^]*templates\/own\.yaml:\d+:\d+ +error +backoff-limit/),
  ]);
});

it('says that a link to a folder that holds it has no end', () => {
  const here = scratch('none');
  symlinkSync('..', join(here.root, 'charts/shop/templates/loop'));
  expect(lint(here)).toEqual({
    code: 2,
    said: expect.stringContaining('templates/loop is a link to a folder that holds it'),
  });
});
