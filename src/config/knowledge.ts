import { jobsOfService, wildcard, type Container, type Knowledge } from '../model/index.ts';
import type { Understanding } from '../tools/index.ts';
import { matchesCommand } from './command.ts';
import type { Origin, Policy, PolicyCommand } from './policy.ts';

type Wait = Understanding['waits'][number];
type Command = Understanding['commands'][number];
type At = (string | number)[];

/** What a policy adds to what manifests show. */
export function knowledgeOf({
  commands,
  services,
  external,
}: Pick<Policy, 'commands' | 'services' | 'external'>): Knowledge {
  return {
    external: (host) => external.some((pattern) => wildcard(pattern, host)),
    understand: (found, container) => commands.reduce((so, entry) => learn(so, entry, container), found),
    needs: (workload, release) =>
      services.flatMap((service) => {
        if (!service.needs?.length || !jobsOfService(service, release).includes(workload)) return [];
        const [migration] = release.migrationsIn(workload);
        const container = migration?.container ?? workload.pod.containers.find(({ role }) => role === 'main');
        return container
          ? service.needs.map((target) => ({
              container,
              wait: waitFor(target, service, migration?.at ?? ['image'], `needs of service ${service.name}`),
            }))
          : [];
      }),
  };
}

/** What a container's command does, with what one entry of the policy says. */
function learn(found: Understanding, entry: PolicyCommand & Origin, container: Container): Understanding {
  if (entry.image !== undefined && !wildcard(entry.image, container.repository)) return found;
  const { match } = entry;
  const meant = match === undefined ? [undefined] : found.commands.filter((command) => matchesCommand(match, command));
  let { migrations, waits } = found;
  for (const command of meant) {
    const at = placeOf(command, container);
    const text = command ? command.argv.join(' ').slice(0, 80) : container.image;
    if (entry.migrates === false)
      migrations = match === undefined ? [] : migrations.filter((migration) => String(migration.at) !== String(at));
    else if (
      entry.migrates !== undefined &&
      !migrations.some((migration) => migration.certainty === 'certain' && String(migration.at) === String(at))
    ) {
      const tool = entry.migrates === true ? 'custom' : entry.migrates;
      // What only a name told is now certain.
      migrations = [
        ...migrations.filter(({ certainty }) => certainty === 'certain'),
        {
          tool,
          text,
          line: command?.argv.join(' ') ?? text,
          at,
          certainty: 'certain',
          ...(command?.lost && { lost: command.lost }),
        },
      ];
    }
    waits = [...waits, ...(entry.waits ?? []).map((target) => waitFor(target, entry, at, text))];
  }
  return meant.length === 0 ? found : { ...found, migrations, waits };
}

function waitFor(target: string, { origin }: Origin, at: At, text: string): Wait {
  // It may give up by itself: nothing is said about that.
  const base = { tool: origin, bounded: true, at, text };
  const [, kind, name] = /^(\w+)\/(.+)$/.exec(target) ?? [];
  if (name === undefined || kind === undefined) {
    const [host = '', port] = target.split(':');
    return { ...base, kind: 'host', host, ...(port && { port }), nameOnly: false };
  }
  if (kind === 'Job') return { ...base, kind: 'job', name };
  if (kind === 'Service') return { ...base, kind: 'service', name };
  return kind === 'Pod' ? { ...base, kind: 'pod', name } : { ...base, kind: 'workload', resource: kind, name };
}

function placeOf(command: Command | undefined, container: Container): At {
  if (!command) return ['image'];
  const { origin, index } = command.script;
  return origin === 'file' ? [container.command?.length ? 'command' : 'args', 0] : [origin, index ?? 0];
}
