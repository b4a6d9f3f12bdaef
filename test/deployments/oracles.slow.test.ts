// The meanings of overlays and helmfiles, compared with the real programs, which Go builds from their modules.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Builder } from '../../src/deployments/flux/build.ts';
import { kustomizedFolders } from '../../src/deployments/flux/kustomization.ts';
import { documentsOf } from '../../src/deployments/document.ts';
import { yamlFilesBelow } from '../../src/deployments/documents.ts';
import { findDeployments } from '../../src/deployments/index.ts';
import { GitOpsRepository } from '../../src/deployments/repository.ts';
import { helmBinary } from '../helm/binaries.ts';
import { repository } from './repository.ts';

/** The program that `go install` makes of a module, kept beside the Helms. */
function installed(name: string, module: string): string {
  const folder = join(homedir(), '.cache/migrate-lint/go', module.replace(/[^\w.-]+/g, '-'));
  if (!existsSync(join(folder, name))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: 'ignore' });
  }
  return join(folder, name);
}

const work = mkdtempSync(join(tmpdir(), 'migrate-lint-oracles-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const helmRelease = (name: string, spec: string, namespace = '') => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}${namespace && `, namespace: ${namespace}`}, labels: { tier: web } }
spec: ${spec}
`;

describe('kustomize 5.7.1 builds the same HelmReleases', () => {
  let kustomize: string;
  beforeAll(() => {
    kustomize = installed('kustomize', 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1');
  }, 600_000);

  const base = {
    'base/kustomization.yaml': 'resources: [r.yaml]\n',
    'base/r.yaml': helmRelease('shop', '{ values: { a: 1, list: [{ name: x, v: 1 }], m: { k: 1, gone: 2 } } }'),
  };
  const overlay = (text: string) => ({ ...base, 'kustomization.yaml': `resources: [base]\n${text}\n` });
  const patch = (values: string, name = 'shop') =>
    `patches:\n- patch: |-\n${helmRelease(name, `{ values: ${values} }`).replace(/^/gm, '    ')}`;

  it.each<[string, Record<string, string>]>([
    ['namespace and names', overlay('namespace: prod\nnamePrefix: p-\nnameSuffix: -s')],
    ['a merge patch', overlay(patch('{ list: [{ name: z }], m: { gone: null, new: { a: [1] } } }'))],
    ['a patch of the old name', overlay(`namePrefix: p-\n${patch('{ a: 2 }')}`)],
    ['$patch: replace', overlay(patch('{ m: { $patch: replace, only: 1 } }'))],
    ['$patch: delete', overlay(patch('{ m: { $patch: delete } }'))],
    [
      'a patch for a kind',
      overlay(
        'patches:\n- target: { kind: HelmRelease }\n  patch: \'[{ "op": "replace", "path": "/spec/values/a", "value": 5 }]\'',
      ),
    ],
    [
      'a patch for a name with .*',
      overlay('patches:\n- target: { name: sh.* }\n  patch: \'[{ "op": "remove", "path": "/spec/values/m/k" }]\''),
    ],
    [
      'a patch for another name',
      overlay('patches:\n- target: { name: sho }\n  patch: \'[{ "op": "remove", "path": "/spec/values/m/k" }]\''),
    ],
    [
      'a patch for a label',
      overlay(
        'patches:\n- target: { labelSelector: "tier=web" }\n  patch: \'[{ "op": "add", "path": "/spec/values/list/-", "value": 7 }]\'',
      ),
    ],
    [
      'a patch for another label',
      overlay(
        'patches:\n- target: { labelSelector: "tier!=web" }\n  patch: \'[{ "op": "add", "path": "/spec/values/list/0", "value": 7 }]\'',
      ),
    ],
    [
      'move, copy and test',
      overlay(
        'patches:\n- target: { kind: HelmRelease }\n  patch: \'[{ "op": "copy", "from": "/spec/values/a", "path": "/spec/values/b" }, { "op": "move", "from": "/spec/values/m/k", "path": "/spec/values/k" }]\'',
      ),
    ],
    [
      'patchesStrategicMerge',
      { ...overlay('patchesStrategicMerge: [p.yaml]'), 'p.yaml': helmRelease('shop', '{ values: { a: 9 } }') },
    ],
    [
      'a component',
      {
        ...overlay('components: [c]'),
        'c/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${patch('{ c: 1 }')}\n`,
      },
    ],
    [
      'an overlay of an overlay',
      {
        ...base,
        'mid/kustomization.yaml': `resources: [../base]\nnamespace: mid\n${patch('{ a: mid }')}`,
        'kustomization.yaml': `resources: [mid]\nnamespace: top\n${patch('{ b: top }')}`,
      },
    ],
    [
      'two releases',
      {
        ...overlay('namespace: team'),
        'base/kustomization.yaml': 'resources: [r.yaml, q.yaml]\n',
        'base/q.yaml': helmRelease('queue', '{ values: {} }', 'other'),
      },
    ],
  ])('%s', (_, files) => {
    const folder = repository(files);
    try {
      same(folder, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('every kustomization of the fixtures', () => {
    const folder = repository({}, 'fixtures/gitops/flux');
    try {
      const overlays = kustomizedFolders(folder);
      expect(overlays.length).toBeGreaterThan(2);
      for (const overlay of overlays) same(folder, overlay);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** Builds a folder of a repository with both, and compares the HelmReleases. */
  function same(folder: string, overlay: string): void {
    const out = execFileSync(kustomize, ['build', overlay], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const releases = (list: readonly unknown[]) =>
      list.filter((one) => (one as { kind: string }).kind === 'HelmRelease');
    const theirs = releases(parseAllDocuments(out).map((document) => document.toJS() as unknown));
    const gitOps = new GitOpsRepository(folder, folder);
    const { documents } = documentsOf(yamlFilesBelow(folder).manifests, gitOps);
    const ours = releases(
      new Builder(documents, gitOps).build(overlay).resources.map(({ document }) => document.value),
    );
    const byName = (list: readonly unknown[]) => list.map((one) => JSON.stringify(sorted(one))).sort();
    expect(theirs).not.toEqual([]);
    expect(byName(ours), overlay).toEqual(byName(theirs));
  }
});

describe('helmfile 1.1.7 prints the same releases', () => {
  let helmfile: string;
  let helm: string;
  beforeAll(async () => {
    helmfile = installed('helmfile', 'github.com/helmfile/helmfile@v1.1.7');
    helm = (await helmBinary('3.17.3')).path;
  }, 1_800_000);

  it.each([
    ['helmfile.yaml', 'default'],
    ['environments/helmfile.yaml', 'staging'],
    ['environments/helmfile.yaml', 'prod'],
  ])('%s in %s', async (file, environment) => {
    const folder = repository({}, 'fixtures/gitops/helmfile');
    try {
      const out = execFileSync(
        helmfile,
        ['--helm-binary', helm, '-f', join(folder, file), '-e', environment, 'build', '--embed-values'],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
          env: { ...process.env, HELMFILE_UPGRADE_NOTICE_DISABLED: 'true' },
        },
      );
      const state = parseAllDocuments(out)[0]!.toJS() as { releases: Built[]; helmDefaults?: { timeout?: number } };
      const theirs = state.releases
        .filter(({ installed }) => installed !== false)
        .map(({ name, namespace = '', values = [], set = [], needs = [], ...rest }) => ({
          name,
          namespace,
          values,
          set: set.map((one) => `${one.name}=${one.value}`),
          needs: needs.map((need) => (need.includes('/') ? need : `${namespace}/${need}`)),
          wait: rest.wait === true || rest.atomic === true,
          timeout: rest.timeout ?? state.helmDefaults?.timeout ?? 300,
        }));
      const { deployments } = (await findDeployments([folder], folder))!;
      const of = deployments.filter(
        ({ at, name }) => at.file === file && (environment === 'default' || name.startsWith(`${environment}/`)),
      );
      const ours = of.map((one) => ({
        name: one.releaseName,
        namespace: one.namespace,
        values: one.values.flatMap((value) =>
          value.kind === 'set'
            ? []
            : [parseAllDocuments(value.kind === 'file' ? read(value.path) : value.text)[0]!.toJS() as unknown],
        ),
        set: one.values.flatMap((value) => (value.kind === 'set' ? [value.value] : [])),
        needs: one.after,
        wait: one.wait,
        timeout: one.timeout,
      }));
      expect(ours).toEqual(theirs);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

interface Built {
  name: string;
  namespace?: string;
  installed?: boolean;
  values?: unknown[];
  set?: { name: string; value: string }[];
  needs?: string[];
  wait?: boolean;
  atomic?: boolean;
  timeout?: number;
}

const read = (path: string) => readFileSync(path, 'utf8');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
