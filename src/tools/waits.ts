import type { Command } from '../shell/index.ts';
import { baseName, imageName, lineOf } from './argv.ts';
import type { Connection, ContainerCommand, Wait, Written } from './understanding.ts';
import { polled, programOf, retries } from './inline.ts';
import type { Awaited, Target } from './kubernetes.ts';
import { kubectl } from './kubernetes.ts';
import { idle } from './migrations.ts';
import { touches } from './probes.ts';
import { waiter } from './waiters.ts';

/** Commands that look whether the schema is there; `itself` repeats by itself. */
const schemaChecks: readonly (readonly [tool: string, is: RegExp, how?: 'loop'])[] = [
  ['django', /^(manage\.py|django-admin(\.py)?)\s+migrate\b.*\s--(check|plan)\b/],
  ['django', /^(manage\.py|django-admin(\.py)?)\s+showmigrations\b/, 'loop'],
  ['django', /^(manage\.py|django-admin(\.py)?)\s+(wait_for_migrations|waitformigrations|check_migrations)\b/],
  ['airflow', /^(airflow|airflow_execute)\s+db\s+check-migrations\b/],
  ['airflow', /^airflow_wait_for_db_migrations\b/],
  ['rails', /^(rails|rake)\s(.*\s)?db:(abort_if_pending_migrations|migrate:status|version)\b/],
  ['alembic', /^alembic\b.*\s(check|current)\b/, 'loop'],
  ['flyway', /^flyway\b.*\s(validate|info)\b/, 'loop'],
  ['liquibase', /^liquibase\b.*\s(status|validate)\b/, 'loop'],
  ['golang-migrate', /^migrate\b.*\sversion\b/, 'loop'],
  ['prisma', /^prisma\s+migrate\s+status\b/, 'loop'],
  ['signoz', /^(signoz-otel-collector|signoz-collector)\s+migrate\s+(sync|async)\s+check\b/],
  ['kong', /^kong\s+(start|migrations\s+(list|status))\b/, 'loop'],
  ['mix', /^mix\s+ecto\.migrations\b/, 'loop'],
  ['custom', /^\S+\s+(db\s+)?(wait-for-migrations?|check-migrations?|check_migrations)\b/],
  ['custom', /^(wait-for|wait_for|check|await)[-_](db[-_])?(migrations?|schema)(\.sh|\.py)?(\s|$)/],
];

/** Commands that look for a database which only the environment names. */
const databaseChecks: readonly (readonly [tool: string, is: RegExp, schemes: RegExp])[] = [
  ['airflow', /^airflow\s+db\s+check(\s|$)|^airflow_wait_for_db_connection\b/, /^(postgres|mysql|mssql)$/],
  ['signoz', /^(signoz-otel-collector|signoz-collector)\s+migrate\s+ready\b/, /^clickhouse$/],
  [
    'django',
    /^(manage\.py|django-admin)\s+(wait_for_db|wait_for_database|waitdb)\b/,
    /^(postgres|mysql|mssql|oracle)$/,
  ],
];

/** Waits for a database that the command finds in its environment. */
export function findDatabaseWaits(
  container: ContainerCommand,
  commands: readonly Command[],
  connections: readonly Connection[],
  place: (command: Command) => Written,
): FoundWait[] {
  const found: FoundWait[] = [];
  for (const command of commands) {
    if (command.lost) continue;
    const line = lineFor(container, command);
    const check = databaseChecks.find(([, is]) => is.test(line));
    if (!check) continue;
    for (const connection of connections) {
      const name = String(connection.at[1]);
      const fits =
        connection.scheme === undefined
          ? /(^|_)(DB|DATABASE|SQL)_/.test(name) && check[2].test('postgres')
          : check[2].test(connection.scheme);
      if (connection.at[0] !== 'env' || !fits) continue;
      if (found.some(({ wait }) => wait.kind === 'host' && wait.host === connection.host)) continue;
      const base = { tool: check[0], ...limits(command), ...place(command), text: lineOf(command) };
      found.push({ command, wait: { ...base, ...host(connection.host, connection.port, false) } as Wait });
    }
  }
  return found;
}

/** The command line with its program's bare name; without a command the image's own program comes first. */
function lineFor(container: ContainerCommand, command: Command): string {
  const line = [baseName(command.argv[0] ?? ''), ...command.argv.slice(1)].join(' ').slice(0, 1000);
  const image = imageName(container.image);
  return container.command?.length || command.script.origin !== 'args' || line.startsWith(`${image} `)
    ? line
    : `${image} ${line}`;
}

/** A wait and the command that waits. */
export interface FoundWait {
  wait: Wait;
  command: Command;
}

/** The waits among the commands of a container. */
export function findWaits(
  container: ContainerCommand,
  commands: readonly Command[],
  place: (command: Command) => Written,
  variable: (command: Command) => (name: string) => string | undefined,
): FoundWait[] {
  const found: FoundWait[] = [];
  let other = false;
  for (const command of commands) {
    if (found.length >= 200) break;
    const awaits = awaitedBy(container, command, variable(command));
    const after = command.beside ? 'background' : other ? 'other' : undefined;
    if (awaits.length === 0 && !idle.has(baseName(command.argv[0] ?? ''))) other = true;
    for (const awaited of awaits)
      for (const target of awaited.targets) {
        const seconds = awaited.seconds;
        const base = {
          tool: awaited.tool,
          bounded: awaited.bounded,
          ...(awaited.bounded && seconds !== undefined && { seconds }),
          ...(awaited.givesUp && { givesUp: true as const }),
          ...place(command),
          text: lineOf(command),
          ...(command.doubt !== undefined && { doubt: command.doubt }),
          ...(after && { after }),
        };
        const wait = { ...base, ...target } as Wait;
        const same = found.find(({ wait: known }) => plain(known) === plain(wait) || isRunBy(known, wait));
        if (!same) found.push({ wait, command });
        // Both branches of a condition wait for it, or it is waited for a second time without any.
        else if (!wait.doubt || opposite(wait.doubt, same.wait.doubt ?? '')) delete same.wait.doubt;
      }
  }
  return found;
}

/** A wait without what may differ where it stands twice. */
function plain(wait: Wait): string {
  return JSON.stringify({ ...wait, text: '', doubt: undefined, after: undefined });
}

/** Whether a wait is that of a program which an interpreter runs: `python /s/wait.py` and `/s/wait.py` are one. */
function isRunBy(known: Wait, wait: Wait): boolean {
  return known.text.endsWith(` ${wait.text}`) && plain({ ...known, tool: wait.tool }) === plain(wait);
}

function opposite(a: string, b: string): boolean {
  return a !== b && a.replace(/^(?:if|unless) /, '') === b.replace(/^(?:if|unless) /, '');
}

function awaitedBy(
  container: ContainerCommand,
  command: Command,
  variable: (name: string) => string | undefined,
): Awaited[] {
  const { argv, loop } = command;
  // No trap ends a loop that goes on until it succeeds.
  const lost = command.lost === 'trap' && loop?.bounded === false ? undefined : command.lost;
  // A look whose failure is lost is no wait; a loop that ends by itself is one that gives up.
  if (lost && (lost === 'background' || !(loop?.bounded ?? waiter(argv)?.bounded))) return [];
  const found = awaitedTargets(container, command, variable);
  return lost ? found.map((awaited) => ({ ...awaited, givesUp: true })) : found;
}

function awaitedTargets(
  container: ContainerCommand,
  command: Command,
  variable: (name: string) => string | undefined,
): Awaited[] {
  const { argv, loop } = command;
  const own = waiter(argv);
  if (own) return [{ ...own, ...loop }];
  const cluster = kubectl(argv, loop);
  if (cluster) return [cluster];
  const line = [baseName(argv[0] ?? ''), ...argv.slice(1)].join(' ').slice(0, 1000);
  const whole = lineFor(container, command);
  for (const [tool, is, how] of schemaChecks)
    if ((loop || how !== 'loop') && (is.test(line) || is.test(whole)))
      return [{ tool, targets: [{ kind: 'schema' }], ...limits(command) }];
  const device = command.redirects.flatMap(({ target }) => /^\/dev\/(?:tcp|udp)\/([^/]+)\/([^/]+)$/.exec(target) ?? []);
  if (device[1]) return [{ tool: '/dev/tcp', targets: [host(device[1], device[2], false)], ...limits(command) }];
  const touch = touches(argv, variable);
  if (touch) {
    if (!loop && !touch.single && !touch.retries) return [];
    const targets = touch.targets.map((target) => host(target.host, target.port, touch.nameOnly));
    if (loop) {
      const inside = asksForContent(command)
        ? touch.targets.map(({ host: name }) => ({ kind: 'content' as const, host: name }))
        : [];
      return [{ tool: touch.tool, targets: [...targets, ...inside], ...limits(command) }];
    }
    const bounded = touch.retries?.bounded ?? true;
    const seconds = touch.retries?.seconds;
    return [{ tool: touch.tool, targets, bounded, ...(seconds !== undefined && { seconds }) }];
  }
  return inline(container, command, variable);
}

/**
 * Tables that each server has from its start and that say how it is, not what a migration made in it: ClickHouse's
 * `system`, MySQL's `mysql`, `sys` and `performance_schema`, PostgreSQL's statistics and settings, Oracle's views,
 * Cassandra's `system`.
 */
const serversOwn =
  /^(?:system\.(?!(?:tables|columns|databases|users|schema_\w+)$)|(?:mysql\.(?!(?:user|db)$)|sys\.|performance_schema\.)|(?:pg_catalog\.)?pg_(?:stat\w*|settings|replication\w*|is_in_recovery)$|v\$|dual$)/i;

/**
 * Whether a client asks for a table, keyspace or row, not only whether the database answers: a query on a table fails
 * until the table is there; a listing (`show tables`) needs a filter behind it that looks for one.
 */
function asksForContent({ argv, script, end }: Command): boolean {
  const says = (pattern: RegExp) => argv.some((word) => word.length < 2000 && pattern.test(word));
  const asked = argv.flatMap((word) => (word.length < 2000 ? [...word.matchAll(/\bfrom\s+([\w."`$]+)/gi)] : []));
  if (asked.some(([, table]) => !serversOwn.test(table!.replace(/["`]/g, '')))) return true;
  if (says(/\bto_regclass\b|\bdescribe\s+(?:table|keyspace)\s+\w/i)) return true;
  const filtered = /^[^|\n]{0,40}\|\s*(?:[ef]?grep|rg|awk)\s/.test(script.text.slice(end, end + 80));
  return filtered && says(/\bdescribe\b|\bshow\s+(?:tables|databases|keyspaces)\b|\\d[tn]?\b/i);
}

function inline(
  container: ContainerCommand,
  command: Command,
  variable: (name: string) => string | undefined,
): Awaited[] {
  const text = programOf(command.argv, command.redirects, container.readFile);
  if (text === undefined || (!command.loop && !retries(text))) return [];
  const targets = polled(text, variable).map((address) => host(address.host, address.port, false));
  return targets.length === 0
    ? []
    : [
        {
          tool: baseName(command.argv[0] ?? ''),
          targets,
          ...(command.loop ?? { bounded: /\brange\(|\btimeout|attempts|max_/i.test(text) }),
        },
      ];
}

function host(name: string, port: string | undefined, nameOnly: boolean): Target {
  return { kind: 'host', host: name, ...(port && !nameOnly && { port }), nameOnly };
}

/** One look that fails is over at once. */
function limits(command: Command): { bounded: boolean; seconds?: number } {
  const { loop, timeout } = command;
  if (loop) return { bounded: loop.bounded, ...(loop.seconds !== undefined && { seconds: loop.seconds }) };
  return { bounded: true, ...(timeout !== undefined && { seconds: timeout }) };
}
