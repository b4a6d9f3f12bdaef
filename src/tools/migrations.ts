import type { Command } from '../shell/index.ts';
import { baseName, imageName, lineOf, masked, shorten } from './argv.ts';
import type { ContainerCommand, Migration, Written } from './understanding.ts';
import {
  generic,
  genericNot,
  harmless,
  migratingNames,
  migratingPairs,
  migrators,
  switches,
  watchingNames,
} from './migrators.ts';

/** Commands that only prepare, print or wait. */
export const idle = new Set([
  '',
  'echo',
  'printf',
  'sleep',
  'true',
  'false',
  ':',
  '[',
  'test',
  'exit',
  'return',
  'break',
  'continue',
  'mkdir',
  'cp',
  'mv',
  'rm',
  'chmod',
  'chown',
  'ls',
  'cat',
  'touch',
  'ln',
  'tar',
  'cd',
  'pwd',
  'date',
  'grep',
  'awk',
  'sed',
  'cut',
  'tr',
  'head',
  'tail',
  'wc',
  'seq',
  'read',
  'wait',
  'trap',
  'kill',
  'id',
  'whoami',
  'env',
  'printenv',
  'which',
  'command',
  'nc',
  'ncat',
  'curl',
  'wget',
  'nslookup',
  'dig',
  'host',
  'getent',
  'ping',
  'telnet',
  'kubectl',
  'pg_isready',
  'tee',
  'hostname',
  'uname',
  'apk',
  'apt-get',
  'apt',
  'pip',
  'jq',
  'yq',
  'info',
  'log',
  'expr',
  'let',
  'umask',
  'ulimit',
  'tini',
  'dumb-init',
  'find',
  'xargs',
  'redis-cli',
  'mysqladmin',
  'k8s-wait-for',
  'kubernetes-entrypoint',
  'wget2',
  'vault',
  'openssl',
  'base64',
  'basename',
  'dirname',
  'realpath',
  'envsubst',
]);

/** What says that something migrates. */
type Sign = Pick<Migration, 'tool' | 'certainty' | 'guess'>;

/** What the command line says by itself: a tool's migrating sub-command, or a program's `migrate`. */
function recognise(line: string): Sign | undefined {
  if (harmless.test(line)) return undefined;
  for (const [tool, is, not] of migrators) if (is.test(line) && !not?.test(line)) return { tool, certainty: 'certain' };
  return generic.test(line) && !genericNot.test(line) ? { tool: 'custom', certainty: 'named' } : undefined;
}

function normal(argv: readonly string[]): string {
  const [first = '', ...rest] = argv;
  return [baseName(first), ...rest].join(' ').slice(0, 1000);
}

const sqlClients = /^(?:psql|mysql|mariadb|sqlcmd|sqlplus|sqlite3|clickhouse-client|clickhouse|cqlsh|usql|cockroach)$/;

/**
 * A client that runs SQL files: `psql -f schema.sql`, `mysql < V1.sql`, a loop over `*.sql`. Only a sign of a
 * migration: such files may also seed. What restores a dump is none.
 */
function sqlFiles({ argv, redirects }: Command): Sign | undefined {
  const client = baseName(argv[0] ?? '');
  if (!sqlClients.test(client)) return undefined;
  const words = [...argv.slice(1), ...redirects.filter(({ op }) => op === '<').map(({ target }) => target)];
  const file = words.find((word) => word.length < 300 && /\.(?:sql|cql|ddl)$/.test(word));
  return file === undefined || /dump|backup|restore|globals/i.test(file)
    ? undefined
    : { tool: `SQL files (${client})`, certainty: 'named', guess: 'as it runs SQL files' };
}

/** Whether a name says that its bearer migrates a database. */
export function saysMigration(name: string): boolean {
  const words = partsOf(name);
  if (words.some((word) => watchingNames.test(word))) return false;
  return words.some(migrates) || migratingPairs.test(words.join('-'));
}

const migrates = (word: string) => migratingNames.test(word);
const byItsName = { guess: 'by its name' } as const;

function partsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_./:]+/);
}

/** The migrations among the commands of a container; `idleOnly` commands are those that turned out to wait. */
export function findMigrations(
  container: ContainerCommand,
  commands: readonly Command[],
  waiting: ReadonlySet<Command>,
  argv: readonly string[],
  place: (command: Command) => Written,
): Migration[] {
  const found: Found[] = [];
  const add = (command: Command, what: Sign): void => {
    const same = found.find(
      (other) =>
        other.start === command.start &&
        other.script.path === command.script.path &&
        other.script.index === command.script.index &&
        other.script.origin === command.script.origin,
    );
    if (same && (same.certainty === 'certain' || what.certainty === 'named')) return;
    const migration = {
      guess: undefined,
      ...what,
      text: lineOf(command),
      line: normal(command.argv),
      ...place(command),
      ...(command.lost && { lost: command.lost }),
      ...(command.lost === 'or-true' && command.instead && { instead: command.instead.text }),
      ...(command.instead && { range: command.instead }),
      start: command.start,
      script: command.script,
    };
    if (same) Object.assign(same, migration);
    else found.push(migration);
  };
  let unknown = commands.length === 0;
  for (const command of commands) {
    if (waiting.has(command)) continue;
    const name = baseName(command.argv[0] ?? '');
    if (idle.has(name)) continue;
    const known = recognise(normal(command.argv)) ?? sqlFiles(command);
    if (known) {
      add(command, known);
      continue;
    }
    const script = scriptName(command.argv);
    if (
      script &&
      saysMigration(script) &&
      !harmless.test(normal(command.argv)) &&
      !genericNot.test(normal(command.argv))
    )
      add(command, { tool: 'custom', certainty: 'named', ...(!partsOf(script).some(migrates) && byItsName) });
    else if (!harmless.test(normal(command.argv)) && !genericNot.test(normal(command.argv)) && !/check/.test(name))
      unknown = true;
  }
  // Without a command the image's entry point has the first word.
  if (found.every((migration) => migration.certainty === 'named') && !container.command?.length) {
    const image = imageName(container.image);
    const known = recognise([image, ...argv].join(' ').slice(0, 1000));
    if (known && argv.length > 0 && (known.certainty === 'certain' || found.length === 0))
      return [{ ...known, text: shorten(masked(argv.join(' ').slice(0, 1000))), line: normal(argv), at: ['args', 0] }];
  }
  if (found.length > 0) return secondAttempts(found);
  return unknown && waiting.size === 0 ? byName(container, argv, commands.length) : [];
}

interface Found extends Migration {
  start: number;
  script: Command['script'];
  range?: Command['instead'];
}

/** `MIGRATE || MIGRATE`: the first loses nothing where the second is a migration too, whose status counts. */
function secondAttempts(found: readonly Found[]): Migration[] {
  return found.map(({ start: _start, script, range, ...migration }) => {
    const second =
      range &&
      found.find(
        (other) =>
          other.script.text === script.text && other.start >= range.start && other.start < range.end && !other.lost,
      );
    return second && migration.lost === 'or-true' ? { ...migration, lost: undefined, instead: undefined } : migration;
  });
}

/** A path or a program whose own name counts: `./migrate.sh`, `python /mnt/db_migrations.py`. */
function scriptName(argv: readonly string[]): string | undefined {
  const name = baseName(argv[0] ?? '');
  if (/^(python[\d.]*|node|ruby|php|perl|sh|bash|ash|java)$/.test(name)) {
    const file = argv.find((word, i) => i > 0 && !word.startsWith('-'));
    return file !== undefined && /[./]/.test(file) ? baseName(file) : undefined;
  }
  // A package path counts by its end: `app.db.migrate`.
  const last = /^[\w.]+\.(\w+)$/.exec(name);
  return last && !/\.(sh|py|js|rb|php|jar|mjs|ts)$/.test(name)
    ? name
    : /entrypoint-initializer/.test(name)
      ? 'migrate'
      : name;
}

function byName(container: ContainerCommand, argv: readonly string[], commands: number): Migration[] {
  for (const [name, value] of container.env)
    if (switches.test(name) && value !== undefined && /^(1|true|yes|on)$/i.test(value))
      return [
        {
          tool: 'custom',
          text: `${name}=${value}`,
          line: `${name}=${value} ${normal(argv)}`,
          at: ['env', name],
          certainty: 'named',
        },
      ];
  const watches = [container.name].some((name) =>
    name
      .toLowerCase()
      .split(/[-_.]+/)
      .some((word) => watchingNames.test(word)),
  );
  if (watches) return [];
  const image = imageName(container.image);
  if (
    saysMigration(container.name) ||
    saysMigration(image) ||
    (container.workload !== undefined && commands <= 1 && saysMigration(container.workload))
  ) {
    const text = shorten(argv.length > 0 ? masked(argv.join(' ').slice(0, 1000)) : container.image);
    const at = container.command?.length ? ['command', 0] : container.args?.length ? ['args', 0] : ['image'];
    return [{ tool: 'custom', text, line: normal(argv), at, certainty: 'named', ...byItsName }];
  }
  return [];
}
