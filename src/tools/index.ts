import type { Command, Script } from '../shell/index.ts';
import { parseArgv } from '../shell/index.ts';
import { baseName, imageName, lineOf, startsAt } from './argv.ts';
import { findConnections } from './connections.ts';
import { expandAll } from './expand.ts';
export { expandReferences } from './expand.ts';
import type { Awaited } from './kubernetes.ts';
import { entrypointWaits, waitForResource } from './kubernetes.ts';
import { findMigrations } from './migrations.ts';
import { findDatabaseWaits, findWaits } from './waits.ts';

/** What a container runs, as its manifest says it. */
export interface ContainerCommand {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  /** Environment variables as the container sees them; `undefined` when set but not visible (a Secret outside the chart). */
  env: ReadonlyMap<string, string | undefined>;
  /** Name of the Job or other workload, where it may say what an unknown command does. */
  workload?: string;
  /** Content of a file that is mounted from a ConfigMap or Secret, by its path in the container. */
  readFile?: (path: string) => string | undefined;
}
/** What all waits have. */
interface WaitBase {
  /** The tool that waits: `nc`, `pg_isready`, `k8s-wait-for` … */
  tool: string;
  /** Whether the wait gives up by itself; a bounded wait that cannot succeed still fails its container. */
  bounded: boolean;
  /** Upper bound in seconds, where known. */
  seconds?: number;
  /** When its time is over the script goes on as if it had succeeded: it holds nothing up. */
  givesUp?: true;
  /** Where in the manifest: `['command', 2]`, `['args', 0]`, `['env', 'DEPENDENCY_JOBS']`, `['image']`. */
  at: (string | number)[];
  /** The waiting command line, shortened for messages. */
  text: string;
  /** The condition on which it waits, where the chart does not decide it: `if [ "$MODE" = init ]`. */
  doubt?: string;
  /** What the container runs before it: the container's own server may have been started, or certainly goes on beside it. */
  after?: 'other' | 'background';
}
/** Something that a container waits for before it goes on, and without which it does not end well. */
export type Wait = WaitBase &
  (
    | {
        kind: 'host';
        host: string;
        /** number or name */ port?: string;
        /** `nslookup`, `getent`: the name alone is enough */ nameOnly: boolean;
      }
    | { kind: 'service'; name: string; namespace?: string }
    | {
        kind: 'job';
        name?: string;
        /** label selector */ selector?: string;
        namespace?: string;
        /** `job-wr`: a failed Job counts too */ evenFailed?: boolean;
      }
    | { kind: 'pod'; name?: string; selector?: string; namespace?: string }
    | { kind: 'workload'; resource: string; name: string; namespace?: string }
    | { kind: 'schema' }
    /** What a query finds in the database at `host`: a table, a keyspace. Who puts it there no manifest says. */
    | { kind: 'content'; host: string }
  );
/** A migration that a container runs. */
export interface Migration {
  /** `alembic`, `flyway`, `rails`, `custom` … */
  tool: string;
  text: string;
  at: (string | number)[];
  /** The whole command line, however it is wrapped: equal for `alembic upgrade head` and `sh -c "alembic upgrade head"`. */
  line: string;
  /** `certain`: a known tool's migrating sub-command; `named`: only the container's, image's or script's name says so. */
  certainty: 'certain' | 'named';
  lost?: Command['lost'];
  /** What runs instead when it fails, and takes the failure for success: `CMD || THIS`. */
  instead?: string;
}
/** A host that a container is told to talk to. */
export interface Connection {
  host: string;
  port?: string;
  /** URL scheme or kind of database: `postgres`, `mysql`, `mongodb`, `redis`, `amqp`, `http`, … */
  scheme?: string;
  /** Where it is written: an environment variable's name or `command`/`args`. */
  at: (string | number)[];
}
/** What a container does, as far as its manifest shows. */
export interface Understanding {
  commands: Command[];
  waits: Wait[];
  migrations: Migration[];
  connections: Connection[];
  /** Its commands are nested too deep or too many: some of them were not read. */
  cut?: true;
}

/** Reads a container's command: what it waits for, what it migrates, whom it talks to. */
export function understand(c: ContainerCommand): Understanding {
  const { env, command, args } = expandAll(c);
  const container: ContainerCommand = { ...c, env };
  const argv = [...(command ?? []), ...(args ?? [])];
  const own = command?.length ?? 0;
  const scriptOf = (index: number): Script => {
    const fromCommand = index < own;
    return {
      text: argv[index] ?? '',
      origin: fromCommand ? 'command' : 'args',
      index: fromCommand ? index : index - own,
    };
  };
  const reading = { cut: false };
  const options = {
    wraps: startsAt,
    repeats: repeated,
    ...(c.readFile && { readFile: c.readFile }),
    onCut: () => void (reading.cut = true),
  };
  // Without a command the image's own program comes first; a bare option or sub-command is for it.
  const isForImage = own === 0 && argv.length > 0 && !/[/]|^(?:ba|da|a)?sh$/.test(argv[0] ?? '');
  const image = imageName(c.image);
  let commands = parseArgv(argv, env, scriptOf, options);
  if (isForImage && /^(wait|kubectl$|curl$|dockerize$|k8s-wait)/.test(image) && baseName(argv[0] ?? '') !== image) {
    commands = parseArgv([image, ...argv], env, (index) => scriptOf(Math.max(0, index - 1)), options);
  }
  const place = (found: Command): (string | number)[] => {
    const { origin, index } = found.script;
    return origin === 'file' ? (own > 0 ? ['command', 0] : ['args', 0]) : [origin, index ?? 0];
  };
  const variable =
    (found: Command) =>
    (name: string): string | undefined =>
      Object.hasOwn(found.env, name) ? found.env[name] : env.get(name);
  const found = findWaits(container, commands, place, variable);
  const waiting = new Set(found.map((each) => each.command));
  const waits = found.map((each) => each.wait);
  const waitsAt = (awaited: Awaited, at: (string | number)[], text: string): void => {
    for (const target of awaited.targets)
      waits.push({ tool: awaited.tool, bounded: awaited.bounded, at, text, ...target } as Wait);
  };
  const resource = commands
    .map((each) => ({ each, awaited: waitForResource(each.argv, c.image) }))
    .find(({ awaited }) => awaited);
  if (resource?.awaited) {
    waitsAt(resource.awaited, place(resource.each), lineOf(resource.each));
    waiting.add(resource.each);
  }
  for (const { name, awaited } of entrypointWaits(container, argv))
    waitsAt(awaited, ['env', name], `${name}=${env.get(name) ?? ''}`);
  const connections = findConnections(env, commands, waiting, place, variable);
  for (const { wait, command: from } of findDatabaseWaits(container, commands, connections, place)) {
    waits.push(wait);
    waiting.add(from);
  }
  const migrations = waits.some((wait) => wait.tool === 'kubernetes-entrypoint')
    ? []
    : findMigrations(container, commands, waiting, argv, place);
  return { commands, waits, migrations, connections, ...(reading.cut && { cut: true as const }) };
}

/** `retry_while "CMD" 12 5` and its like repeat a command given as text or as a function's name. */
function repeated(argv: readonly string[]): { words: string[]; bounded: boolean; seconds?: number } | undefined {
  if (!/^(retry_while|retry_until|wait_until)$/.test(argv[0] ?? '') || !argv[1]) return undefined;
  const words = argv[1].trim().split(/\s+/);
  const [times, pause] = [Number(argv[2] ?? 12), Number(argv[3] ?? 5)];
  return { words, bounded: true, ...(times * pause > 0 && { seconds: times * pause }) };
}
