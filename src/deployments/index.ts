// Stage `deployments`: what Git says is deployed: Argo CD Applications, Flux HelmReleases, helmfiles.
import type { Deployment, Deployments, LeftOut } from './deployment.ts';
import { notRendered } from './argo/application.ts';
import type { RenderChart } from './argo/rendered.ts';
import { yamlFilesBelow, type YamlFiles } from './documents.ts';
import { GitOpsRepository } from './repository.ts';

export type { DeployedValues, Deployment, Deployments, InlineValues, LeftOut } from './deployment.ts';
export type { RenderChart } from './argo/rendered.ts';
export { vendored } from './elsewhere.ts';

/**
 * The deployments below folders (absolute paths). `undefined` where there are none: no file there looks like one. What
 * cannot be read is left out, with the reason, and costs nothing of the rest. `render` renders charts whose templates make
 * Applications; without it these are left out.
 */
export async function findDeployments(
  folders: readonly string[],
  cwd: string,
  render?: RenderChart,
): Promise<Deployments | undefined> {
  const found: Deployments[] = [];
  for (const folder of folders) {
    const files = yamlFilesBelow(folder);
    if (files.any) found.push(await readDeployments(folder, files, cwd, render));
  }
  if (found.length === 0) return undefined;
  const named = new Map<string, Deployment>();
  for (const one of found.flatMap(({ deployments }) => deployments))
    named.set(`${one.at.file}:${one.at.line} ${one.name}`, one);
  const leftOut = new Map<string, LeftOut>();
  for (const one of found.flatMap((all) => all.leftOut))
    leftOut.set(`${one.at.file}:${one.at.line} ${one.what} ${one.reason}`, one);
  return { deployments: distinctlyNamed([...named.values()]), leftOut: [...leftOut.values()] };
}

async function readDeployments(
  folder: string,
  files: YamlFiles,
  cwd: string,
  render: RenderChart | undefined,
): Promise<Deployments> {
  // Loaded where there is something to read only.
  const [{ documentsOf }, { readArgo }, { readFlux }, { readHelmfile }] = await Promise.all([
    import('./document.ts'),
    import('./argo/index.ts'),
    import('./flux/index.ts'),
    import('./helmfile/index.ts'),
  ]);
  const repository = new GitOpsRepository(folder, cwd);
  const { documents, leftOut } = documentsOf(files.manifests, repository);
  const read = [
    readArgo(documents, repository),
    readFlux(documents, repository),
    readHelmfile(files.helmfiles, repository),
  ];
  const deployments = read.flatMap((one) => one.deployments);
  const made =
    render && (files.charts.length > 0 || read.some((one) => one.leftOut.some(({ reason }) => reason === notRendered)))
      ? await (
          await import('./argo/rendered.ts')
        ).renderedApplications(files.charts, deployments, { render, repository })
      : undefined;
  const unread = read.flatMap((one) => one.leftOut);
  return {
    deployments: [...deployments, ...(made?.deployments ?? [])],
    leftOut: [
      ...files.passedOver.map(({ path, reason }) => ({
        what: repository.shown(path),
        at: { file: repository.shown(path), line: 1 },
        reason,
      })),
      ...leftOut,
      ...(made ? unread.filter(({ reason }) => reason !== notRendered) : unread),
      ...(made?.leftOut ?? []),
    ],
  };
}

/**
 * Gives deployments of one name the part of their path in which their files differ before it: two Applications `shop`
 * in `clusters/prod` and `clusters/staging` are `prod/shop` and `staging/shop`; with the line where that does not tell
 * them apart. `after` follows within a folder: a name that several have is the one whose file is nearest.
 */
export function distinctlyNamed(deployments: readonly Deployment[]): Deployment[] {
  const groups = new Map<string, Deployment[]>();
  for (const one of deployments) groups.set(one.name, [...(groups.get(one.name) ?? []), one]);
  const names = new Map<Deployment, string>();
  for (const [name, group] of groups) {
    if (group.length === 1) continue;
    const folders = group.map(({ at }) => at.file.split(/[\\/]/));
    const differ = Array.from({ length: Math.max(...folders.map((parts) => parts.length)) }, (_, index) => index).find(
      (index) => new Set(folders.map((parts) => parts[index])).size > 1,
    );
    const qualified = group.map((_, index) => {
      const part = differ === undefined ? undefined : folders[index]![differ]?.replace(/\.ya?ml$/, '');
      return part === undefined || part === name ? name : `${part}/${name}`;
    });
    group.forEach((one, index) => {
      const own = qualified[index]!;
      const shared = qualified.filter((other) => other === own).length > 1;
      names.set(one, shared ? `${own} (${one.at.file}:${one.at.line})` : own);
    });
  }
  if (names.size === 0) return [...deployments];
  const nearest = (name: string, to: Deployment): string => {
    const group = groups.get(name);
    if (!group || group.length < 2) return name;
    const common = (one: Deployment) => {
      const [a, b] = [one.at.file, to.at.file];
      let length = 0;
      while (length < a.length && a[length] === b[length]) length += 1;
      return length;
    };
    return names.get([...group].sort((one, other) => common(other) - common(one))[0]!)!;
  };
  return deployments.map((one) => ({
    ...one,
    name: names.get(one) ?? one.name,
    after: one.after.map((name) => nearest(name, one)),
    ...(one.inherited && { inherited: one.inherited.map((name) => nearest(name, one)) }),
  }));
}
