import { beside, defineRule, describe, tieOf, type Container, type Release, type Workload } from '../src/rule.ts';

export const imageDrift = defineRule({
  id: 'image-drift',
  title: 'A migration runs in another version of the image than its service, or in a moving one',
  severity: 'warning',
  preset: 'recommended',
  why: `The migrations are part of the image. Where the Job has another tag or digest than the pods of its service, the schema belongs to another version than the code that uses it: an
old image leaves it behind ("column … does not exist"), a newer one runs ahead. A tag that moves (\`latest\`, or none) lets each node pull what it stands for at that moment, so that even
equal tags may be two versions, and nobody can tell afterwards which migrations ran.`,
  fix: 'Build both image references from the same values (repository and tag or digest), and give the migration a tag that never moves, or a digest.',
  off: 'When the migrations have releases of their own.',
  see: [
    'https://kubernetes.io/docs/concepts/containers/images/#image-names',
    'https://atlasgo.io/guides/deploying/k8s-init-container',
  ],
  *check({ release }) {
    const seen = new Set<Container>();
    for (const { workload, container } of release.migrations) {
      if (
        seen.has(container) ||
        workload.kind === 'CronJob' ||
        !container.repository ||
        tools.test(container.repository)
      )
        continue;
      seen.add(container);
      const at = workload.resource.place(...container.path, 'image');
      const own = version(container);
      const others = partners(workload, container, release);
      if (others.length > 0 && !others.some((other) => same(own, version(other.container)))) {
        const theirs = beside(
          [
            ...new Set(
              others.map((other) => `${describe(other.workload)} runs ${version(other.container) || 'no tag'}`),
            ),
          ],
          2,
        );
        yield {
          at,
          message: `${describe(workload)} migrates with ${own || 'no tag'} of ${container.repository}, but ${theirs}`,
          because: others.slice(0, 3).map((other) => ({
            message: `${describe(other.workload)} runs ${version(other.container) || 'no tag'}`,
            at: other.workload.resource.place(...other.container.path, 'image'),
          })),
          resource: workload.resource,
        };
      } else if (workload.kind === 'Job' && /^(|latest|main|master|edge|nightly|stable|dev|develop)$/.test(own)) {
        yield {
          at,
          message: `${describe(workload)} migrates with ${own ? `the moving tag ${own}` : 'no tag, that is latest,'} of ${container.repository}`,
          severity: 'info',
          resource: workload.resource,
        };
      }
    }
  },
});

/** Images of servers and tools: their versions are not the service's. */
const tools =
  /(^|\/)(postgres(ql)?|mysql|mariadb|mongo(db|sh)?|clickhouse(-server|-client)?|cassandra|redis|etcd|busybox|alpine|ubuntu|debian|kubectl|curl|python|node|golang|flyway|liquibase|migrate|dbmate|atlas)$/;

/** Containers of the migration's service that run the same repository. */
function partners(job: Workload, own: Container, release: Release): { workload: Workload; container: Container }[] {
  const workloads = job.kind === 'Job' ? (tieOf(job, release)?.workloads ?? []) : [job];
  return workloads.flatMap((workload) =>
    workload.pod.containers
      .filter((container) => container !== own && container.role === 'main' && container.repository === own.repository)
      .map((container) => ({ workload, container })),
  );
}

/** What follows the repository: a tag, a digest or both. */
function version({ image, repository }: Container): string {
  return image.slice(repository.length).replace(/^[:@]/, '');
}

/** Equal, or one is a variant of the other: `1.4.0` and `1.4.0-migrations`. */
function same(a: string, b: string): boolean {
  const [tagA, digestA] = a.split('@');
  const [tagB, digestB] = b.split('@');
  if (digestA && digestB) return digestA === digestB;
  return (
    a === b ||
    (tagA !== '' &&
      tagB !== '' &&
      (tagA!.startsWith(`${tagB}-`) || tagB!.startsWith(`${tagA}-`) || (Boolean(digestA ?? digestB) && tagA === tagB)))
  );
}
