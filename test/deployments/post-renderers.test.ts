// Post renderers of HelmReleases: how they are read, and what is said where there is no kustomize. What kustomize makes
// of them is in post-renderers.slow.test.ts.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { deploymentLines } from '../../src/cli/deployments.ts';
import { lint } from '../../src/lint.ts';
import { chart, deploymentsOf, repository } from './repository.ts';

const release = (renderers: string, rest = '') => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop, namespace: prod }
spec:
  chart: { spec: { chart: ./charts/shop, sourceRef: { kind: GitRepository, name: flux-system } } }
  ${rest}
  postRenderers: ${renderers}
`;
const both = `[{ kustomize: { patches: [{ patch: "kind: Job\\nmetadata: { name: migrate }", target: { kind: Deployment } }, { patch: "kind: Job\\nmetadata: { name: migrate }" }], images: [{ name: shop, newTag: "2" }] } }]`;

it('are read with what they are for', async () => {
  const { deployments } = await deploymentsOf({
    ...chart('charts/shop'),
    'a.yaml': release(both, 'postRenderStrategy: nohooks'),
  });
  expect(deployments[0]!.postRenderers).toEqual({
    kustomizations: [
      {
        patches: [
          { patch: 'kind: Job\nmetadata: { name: migrate }', target: { kind: 'Deployment' } },
          { patch: 'kind: Job\nmetadata: { name: migrate }' },
        ],
        images: [{ name: 'shop', newTag: '2' }],
      },
    ],
    strategy: 'nohooks',
    touches: ['Deployment/*', 'Job/migrate', 'image shop'],
  });
});

it.each([
  ['spec.postRenderers is not a list', release('{}')],
  [
    'spec.postRenderers[0].kustomize.patches[0] has no patch',
    release('[{ kustomize: { patches: [{ path: /etc/passwd }] } }]'),
  ],
  [
    'spec.postRenderers[0].kustomize.images[0].name is not a text',
    release('[{ kustomize: { images: [{ name: [1] }] } }]'),
  ],
  ['spec.postRenderStrategy is none of combined, separate, nohooks', release(both, 'postRenderStrategy: some')],
])('%s: the HelmRelease is left out', async (reason, text) => {
  const { leftOut } = await deploymentsOf({ ...chart('charts/shop'), 'a.yaml': text });
  expect(leftOut.map((one) => one.reason)).toEqual([reason]);
});

it('are not applied without kustomize, nor with that of the repository, which says what may differ', async () => {
  const folder = repository({ ...chart('charts/shop'), 'a.yaml': release(both) });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/kustomize'), `#!/bin/sh\ntouch ${folder}/started\n`);
  chmodSync(join(folder, 'bin/kustomize'), 0o755);
  const { HELM_BIN, HOME, XDG_CACHE_HOME } = process.env;
  const env = { HELM_BIN, HOME, XDG_CACHE_HOME, PATH: join(folder, 'bin') };
  const result = await lint({ paths: ['.'], cwd: folder, env });
  expect(result.errors).toEqual([]);
  expect(deploymentLines(result.deployments!, result.charts, false)).toEqual([
    'migrate-lint: prod/shop: not applied: its post renderer (kustomize is not on PATH; findings about Deployment/*, Job/migrate, image shop may differ)',
  ]);
});
