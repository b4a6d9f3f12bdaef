import { isInside } from '../../paths.ts';
import { dirname } from 'node:path';
import type { Deployment, Deployments } from '../deployment.ts';
import type { ResourceDocument } from '../document.ts';
import type { GitOpsRepository } from '../repository.ts';
import { readApplication, type ReadApplication } from './application.ts';
import { applicationsOf } from './applicationset.ts';
import { ApplicationFields } from './fields.ts';

/** Applications of one repository at most: more come of a generator that nobody meant. */
const mostApplications = 5_000;

interface Member {
  fields: ApplicationFields;
  read: ReadApplication;
  wave: number;
}

/**
 * The Applications among the resources of a repository, those of ApplicationSets too. An Application whose folder holds
 * other Applications applies them by their sync waves: those of a lower wave are `after` (an app of apps; Argo CD waits
 * for the health of an Application where its custom health check is configured, as in its documentation, "Sync Waves").
 * `together`: all of them are applied by one, a chart.
 */
export function readArgo(
  documents: readonly ResourceDocument[],
  repository: GitOpsRepository,
  { together = false }: { together?: boolean } = {},
): Deployments {
  const members: Member[] = [];
  const out: Deployments = { deployments: [], leftOut: [] };
  const ours = documents.filter(({ apiVersion }) => apiVersion === 'argoproj.io/v1alpha1');
  for (const document of ours) {
    if (document.kind !== 'Application' && document.kind !== 'ApplicationSet') continue;
    const made =
      document.kind === 'Application'
        ? { applications: [new ApplicationFields(document.value, document)], leftOut: [] }
        : applicationsOf(document, repository);
    out.leftOut.push(...made.leftOut);
    for (const fields of made.applications) {
      if (members.length >= mostApplications) {
        out.leftOut.push({
          what: `Applications of ${document.file}`,
          at: document.at(),
          reason: `there are more than ${mostApplications} Applications`,
        });
        break;
      }
      const read = readApplication(fields, repository);
      members.push({ fields, read, wave: waveOf(fields) });
    }
  }
  for (const { read } of members) out.leftOut.push(...read.leftOut);
  return { deployments: ordered(members, together), leftOut: [...out.leftOut, ...plainFolders(members)] };
}

/** `argocd.argoproj.io/sync-wave`; 0 for what is no number (`gitops-engine/pkg/sync/syncwaves`). */
function waveOf(fields: ApplicationFields): number {
  const written = fields.raw('metadata', 'annotations', 'argocd.argoproj.io/sync-wave');
  return typeof written === 'string' && /^[+-]?\d{1,9}$/.test(written) ? Number(written) : 0;
}

/** The deployments with their waves, and those of lower waves of the same app of apps in `after`. */
function ordered(members: readonly Member[], together: boolean): Deployment[] {
  const parents = members.flatMap(({ read }) => read.folders);
  const parentOf = ({ fields }: Member) => {
    if (together) return 'one';
    const folder = dirname(fields.document.absolute);
    return parents.find(({ path, recurse }) => folder === path || (recurse && isInside(path, folder)))?.path;
  };
  const siblings = new Map<string, Member[]>();
  for (const member of members) {
    const parent = parentOf(member);
    if (parent !== undefined) siblings.set(parent, [...(siblings.get(parent) ?? []), member]);
  }
  return members.flatMap((member) => {
    const parent = parentOf(member);
    if (parent === undefined) return member.read.deployments;
    // The nearest lower wave is enough: that one comes after the waves before it.
    const lower = siblings.get(parent)!.filter(({ wave, read }) => wave < member.wave && read.deployments.length > 0);
    const nearest = Math.max(...lower.map(({ wave }) => wave));
    const after = lower
      .filter(({ wave }) => wave === nearest)
      .flatMap(({ read }) => read.deployments.map(({ name }) => name));
    return member.read.deployments.map((one) => ({ ...one, wave: member.wave, after }));
  });
}

/** Applications of plain manifests: nothing for Helm to render, unless the manifests are Applications. */
function plainFolders(members: readonly Member[]): Deployments['leftOut'] {
  return members.flatMap((member) =>
    member.read.folders
      .filter(
        ({ path, recurse }) =>
          !members.some(({ fields }) => {
            const folder = dirname(fields.document.absolute);
            return fields !== member.fields && (folder === path || (recurse && isInside(path, folder)));
          }),
      )
      .map(() => ({
        what: `Application ${member.fields.raw('metadata', 'name') as string}`,
        at: member.fields.at(),
        reason: 'its source is a folder of manifests, not a chart',
      })),
  );
}
