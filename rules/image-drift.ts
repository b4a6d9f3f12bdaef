import { beside, defineRule, describe, tieOf, type Container, type Release, type Workload } from '../src/rule.ts';

export const imageDrift = defineRule({
  id: 'image-drift',
  title: 'A migration uses another image version than its service',
  severity: 'warning',
  preset: 'recommended',
  why: `Migrations are part of the image. If the Job has another tag or digest than the pods of its service, the schema
    belongs to another version than the code that uses it. An older image leaves the schema behind ("column … does not
    exist"), and a newer one is ahead of the code. A moving tag (\`latest\`, or no tag) resolves to whatever each node
    pulls at that moment. Even equal tags may then be two versions, and nobody can find out later which migrations ran.`,
  fix: `Build both image references from the same values (repository and tag or digest). Use a tag that never moves, or a
    digest, for the migration.`,
  off: 'When the migrations have their own releases.',
  see: [
    'https://kubernetes.io/docs/concepts/containers/images/#image-names',
    'https://atlasgo.io/guides/deploying/k8s-init-container',
  ],
  *check({ release }) {
    const seen = new Set<Container>();
    const partners = partnersIn(release);
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
      const { others, versions, theirs } = partners(workload, container);
      if (others.length > 0 && !versions.some((other) => same(own, other))) {
        yield {
          at,
          message: `${describe(workload)} migrates with ${own || 'no tag'} of ${container.repository}, but ${theirs()}`,
          because: others.slice(0, 3).map((other) => ({
            message: `${describe(other.workload)} runs ${version(other.container) || 'no tag'}`,
            at: other.workload.resource.place(...other.container.path, 'image'),
          })),
          resource: workload.resource,
          help: `Write the same image as in ${describe(others[0]!.workload)}: \`image: ${others[0]!.container.image}\`. Better: build both from the same values.`,
        };
      } else if (workload.kind === 'Job' && /^(|latest|main|master|edge|nightly|stable|dev|develop)$/.test(own)) {
        yield {
          at,
          message: `${describe(workload)} migrates with ${own ? `the moving tag ${own}` : 'no tag (which means latest)'} of ${container.repository}`,
          help: `Write a tag that never moves, such as the version of the application, or a digest.`,
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

/** The containers of a migration's service that run the same repository. */
interface Partners {
  others: readonly { workload: Workload; container: Container }[];
  versions: readonly string[];
  theirs(): string;
}

/** Finds the partners of a container that migrates; once for all Jobs that are tied to the same workloads. */
function partnersIn(release: Release): (job: Workload, own: Container) => Partners {
  const known = new Map<readonly Workload[], Map<string, Partners>>();
  return (job, own) => {
    if (job.kind !== 'Job') return partnersAmong([job], own);
    const tied = tieOf(job, release)?.workloads ?? [];
    const byRepository = known.get(tied) ?? new Map<string, Partners>();
    known.set(tied, byRepository);
    const partners = byRepository.get(own.repository) ?? partnersAmong(tied, own);
    byRepository.set(own.repository, partners);
    return partners;
  };
}

function partnersAmong(workloads: readonly Workload[], own: Container): Partners {
  const others = workloads.flatMap((workload) =>
    workload.pod.containers
      .filter((container) => container !== own && container.role === 'main' && container.repository === own.repository)
      .map((container) => ({ workload, container })),
  );
  let theirs: string | undefined;
  return {
    others,
    versions: [...new Set(others.map(({ container }) => version(container)))],
    theirs: () =>
      (theirs ??= beside(
        others.map(({ workload, container }) => `${describe(workload)} runs ${version(container) || 'no tag'}`),
        2,
      )),
  };
}

/** What follows the repository: a tag, a digest or both. */
function version({ image, repository }: Container): string {
  return image.slice(repository.length).replace(/^[:@]/, '');
}

/** Equal, or one is a variant of the other: `1.4.0` and `1.4.0-migrations`. Without a tag it is `latest`. */
function same(a: string, b: string): boolean {
  const [tagA, digestA] = a.split('@');
  const [tagB, digestB] = b.split('@');
  if (digestA && digestB) return digestA === digestB;
  const [one, other] = [tagA || 'latest', tagB || 'latest'];
  return one === other || one.startsWith(`${other}-`) || other.startsWith(`${one}-`);
}
