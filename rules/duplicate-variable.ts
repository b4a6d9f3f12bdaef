import { defineRule, describe, list, map, str } from '../src/rule.ts';

export const duplicateVariable = defineRule({
  id: 'duplicate-variable',
  title: 'A migration gets one variable twice',
  severity: 'info',
  preset: 'recommended',
  why: `If a container lists an environment variable twice, the last entry counts. A migration then uses another database or
    setting than the first entry says, and \`helm template\` and \`helm lint\` do not mention it. If one entry is removed
    later, \`helm upgrade\` with Helm 3 can remove both of an ordinary resource. Helm 4 refuses such a list, which is a
    finding of api-refused. This rule reports it for Helm 3 (\`--helm-version 3\`, or the Helm that is found).`,
  fix: 'Remove one of the two entries.',
  off: 'When charts override variables of a shared list on purpose, and are installed with Helm 3 only.',
  see: ['https://github.com/helm/helm/issues/10741', 'https://github.com/helm/helm/issues/31529'],
  *check({ release, helmVersion }) {
    if (helmVersion !== 3) return;
    const containers = new Map(release.migrations.map(({ workload, container }) => [container, workload]));
    for (const [container, workload] of containers) {
      const { resource } = workload;
      const entries = list(resource.get(...container.path, 'env')).map((entry) => map(entry));
      const first = new Map<string, number>();
      for (const [index, entry] of entries.entries()) {
        const name = str(entry['name']);
        if (name === undefined) continue;
        const before = first.get(name);
        if (before === undefined) {
          first.set(name, index);
          continue;
        }
        const same = JSON.stringify(entries[before]) === JSON.stringify(entry);
        const place = (at: number) => resource.place(...container.path, 'env', at, 'name');
        yield {
          at: place(index),
          message: `Container ${container.name} of ${describe(workload)} sets ${name} twice${same ? '' : ' to different values'}, and the last one counts`,
          because: [{ message: `${name} is set here first`, at: place(before) }],
          help: `Remove one of the two entries of ${name}.`,
        };
      }
    }
  },
});
