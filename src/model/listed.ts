import type { Release } from './release.ts';
import { tieOf } from './tie.ts';
import { wildcard } from './wildcard.ts';
import type { Workload } from './workload.ts';

/** A service as the policy file lists it. */
export interface PolicyService {
  name: string;
  tool?: string;
  /** Name of its migration Job; `*` stands for anything. */
  job?: string;
  workloads?: readonly string[];
  images?: readonly string[];
  /** `Job/x`, `Service/x` or `host:port` that its migration Job waits for, whatever the manifests show. */
  needs?: readonly string[];
}

/** What was found in a release for a service that the policy lists. */
interface Found {
  workloads?: readonly Workload[];
  jobs?: readonly Workload[];
}
const found = new WeakMap<Release, WeakMap<PolicyService, Found>>();

function foundIn(release: Release, service: PolicyService): Found {
  let services = found.get(release);
  if (!services) found.set(release, (services = new WeakMap()));
  let known = services.get(service);
  if (!known) services.set(service, (known = {}));
  return known;
}

/**
 * The workloads of a listed service in a release: those that the policy names, else those of its images, else those of
 * its name.
 */
export function workloadsOfService(service: PolicyService, release: Release): readonly Workload[] {
  const known = foundIn(release, service);
  return (known.workloads ??= findWorkloads(service, release));
}

function findWorkloads(service: PolicyService, release: Release): readonly Workload[] {
  const candidates = release.workloads.filter(({ kind }) => kind !== 'Job' && kind !== 'CronJob');
  const tests: ((workload: Workload) => boolean)[] = [
    ({ name }) => service.workloads?.some((pattern) => wildcard(pattern, name)) ?? false,
    (workload) => hasImage(workload, service),
    ({ name }) => service.workloads === undefined && isNamed(name, service.name, release.name),
    (workload) =>
      service.workloads === undefined &&
      service.images === undefined &&
      workload.pod.containers.some(
        ({ role, repository }) => role === 'main' && plain(repository.split('/').at(-1) ?? '') === plain(service.name),
      ),
  ];
  for (const test of tests) {
    const found = candidates.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The migration Jobs of a listed service, hooks and plain ones: the Job that the policy names, else by its name, its
 * images, or the workloads that it is tied to.
 */
export function jobsOfService(service: PolicyService, release: Release): readonly Workload[] {
  const known = foundIn(release, service);
  return (known.jobs ??= findJobs(service, release));
}

function findJobs(service: PolicyService, release: Release): readonly Workload[] {
  const { job: pattern } = service;
  if (pattern !== undefined) return release.jobs.filter((job) => wildcard(pattern, jobName(job)));
  const workloads = workloadsOfService(service, release);
  const names = [service.name, ...workloads.map(({ name }) => name)];
  const jobs = release.jobs.filter((job) => release.migrationsIn(job).length > 0);
  const tests: ((job: Workload) => boolean)[] = [
    (job) =>
      names.some((wanted) =>
        isNamed(jobName(job).replace(/-?(?:db-)?migrat[a-z]*(?:-.*)?$/, ''), wanted, release.name),
      ),
    (job) => hasImage(job, service),
    (job) => tieOf(job, release)?.workloads.some((workload) => workloads.includes(workload)) ?? false,
  ];
  for (const test of tests) {
    const found = jobs.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

/** The name of a Job, or how it begins where `generateName` makes it. */
export function jobName({ name, resource }: Workload): string {
  const start = resource.get('metadata', 'generateName');
  return name === '' && typeof start === 'string' ? start : name;
}

function hasImage({ pod }: Workload, { images }: PolicyService): boolean {
  return (
    images !== undefined &&
    pod.containers.some(
      ({ role, repository }) => role !== 'sidecar' && images.some((image) => wildcard(image, repository)),
    )
  );
}

/** `metroculus_worker` is `metroculusworker`, and `RELEASE-metroculus-worker` too. */
function isNamed(name: string, wanted: string, release: string): boolean {
  return (
    plain(name) === plain(wanted) ||
    (name.startsWith(`${release}-`) && plain(name.slice(release.length + 1)) === plain(wanted))
  );
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
