/** Programs that images have and this machine need not: the agent of the sandbox answers for them. */
export const standIns = [
  ...[
    'mysql',
    'mysqladmin',
    'mariadb',
    'mariadb-admin',
    'psql',
    'pg_isready',
    'mongosh',
    'mongo',
    'redis-cli',
    'valkey-cli',
    'cqlsh',
    'rabbitmqctl',
    'rabbitmq-diagnostics',
    'clickhouse-client',
    'clickhouse',
    'etcdctl',
    'sqlcmd',
    'curl',
  ],
  ...[
    'wait-for-it.sh',
    'wait-for-it',
    'wait-for.sh',
    'wait-for',
    'wait4x',
    'dockerize',
    'kubectl',
    'k8s-wait-for',
    'wait_for.sh',
    'kubernetes-entrypoint',
  ],
  ...[
    'alembic',
    'migrate',
    'uv',
    'python',
    'python3',
    'node',
    'npm',
    'npx',
    'yarn',
    'pnpm',
    'rails',
    'rake',
    'bundle',
    'java',
    'flyway',
    'liquibase',
    'atlas',
    'dbmate',
    'goose',
    'sql-migrate',
    'prisma',
    'php',
    'dotnet',
    'airflow',
    'nc',
    'ncat',
    'telnet',
  ],
  // The nslookup of newer busyboxes fails on short names when any search domain does; this one looks a name up as
  // bind's does.
  ...['nslookup', 'dig', 'host'],
];

/** Ports that clients connect to when nothing names one. */
const defaultPorts: Record<string, number> = {
  mysql: 3306,
  mysqladmin: 3306,
  mariadb: 3306,
  'mariadb-admin': 3306,
  psql: 5432,
  pg_isready: 5432,
  mongosh: 27017,
  mongo: 27017,
  'redis-cli': 6379,
  'valkey-cli': 6379,
  cqlsh: 9042,
  rabbitmqctl: 5672,
  'rabbitmq-diagnostics': 5672,
  'clickhouse-client': 9000,
  clickhouse: 9000,
  etcdctl: 2379,
  sqlcmd: 1433,
};

const schemePorts: Record<string, number> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  mongodb: 27017,
  redis: 6379,
  rediss: 6379,
  amqp: 5672,
  clickhouse: 9000,
  sqlserver: 1433,
  cassandra: 9042,
  http: 80,
  https: 443,
  tcp: 0,
};

/** A host and its port. */
export interface Address {
  host: string;
  port: number;
}

/** What a stand-in has to do. */
export type Task =
  /** Ask the API server: `kubectl` and its kin. */
  | { kind: 'cluster' }
  /** Look a name up. */
  | { kind: 'resolve'; host: string }
  /** Try to connect once to all, and print this, or fail with this code. */
  | { kind: 'connect'; to: Address[]; failure: number; prints?: string }
  /** Try until it works or so many seconds have passed (none: for ever), then run the words after `drop`. */
  | { kind: 'wait'; to: Address[]; seconds?: number; drop?: number };

const url = /\b(?:jdbc:)?([a-z][a-z0-9]*)(?:\+[a-z0-9]+)*:(?:\/\/)(?:[^\s/@"']*@)?([\w.-]+)(?::(\d+))?/gi;

function fromUrls(text: string, known = (scheme: string) => scheme in schemePorts): Address[] {
  return [...text.matchAll(url)]
    .filter(([, scheme = '']) => known(scheme.toLowerCase()))
    .map(([, scheme = '', host = '', port]) => ({ host, port: Number(port ?? schemePorts[scheme.toLowerCase()]) }));
}

function option(args: string[], ...names: string[]): string | undefined {
  // Long names first: `-timeout` is not `-t imeout`.
  const longFirst = names.toSorted((a, b) => b.length - a.length);
  for (const [index, arg] of args.entries()) {
    for (const name of longFirst) {
      if (arg === name) return args[index + 1];
      if (name.startsWith('--') ? arg.startsWith(`${name}=`) : arg.startsWith(name) && !arg.startsWith('--'))
        return arg.slice(name.length + (name.startsWith('--') ? 1 : 0));
    }
  }
  return undefined;
}

/** What a migration's environment says of its database. */
function fromEnv(env: Record<string, string>): Address[] {
  const urls = Object.values(env).flatMap((value) =>
    fromUrls(value, (scheme) => scheme in schemePorts && !['http', 'https', 'tcp'].includes(scheme)),
  );
  const hosts = Object.entries(env).flatMap(([name, host]) => {
    const engine = /^(?:.*_)?(DB|DATABASE|PG|POSTGRES(?:QL)?|MYSQL|MARIADB|MONGO(?:DB)?)_?HOST(?:NAME)?$/.exec(
      name,
    )?.[1];
    if (engine === undefined || !/^[\w.-]+$/.test(host)) return [];
    const port = env[name.replace(/HOST(NAME)?$/, 'PORT')];
    const usual = /^M[YA]/.test(engine) ? 3306 : engine.startsWith('MONGO') ? 27017 : 5432;
    // What Kubernetes sets for a Service of that name is a URL.
    return [{ host, port: /^\d+$/.test(port ?? '') ? Number(port) : usual }];
  });
  return [...urls, ...hosts];
}

const hostPort = (text: string): Address[] =>
  [...text.matchAll(/^(?:tcp:\/\/)?([\w.-]+):(\d+)$/g)].map(([, host = '', port]) => ({ host, port: Number(port) }));

function seconds(text: string | undefined): number | undefined {
  const [, count, unit] = /^(\d+)(s|m|h)?$/.exec(text ?? '') ?? [];
  return count === undefined ? undefined : Number(count) * (unit === 'm' ? 60 : unit === 'h' ? 3600 : 1);
}

/** Reads a stand-in's own arguments and environment. */
export function taskOf(name: string, args: string[], env: Record<string, string>): Task {
  if (['kubectl', 'k8s-wait-for', 'wait_for.sh', 'kubernetes-entrypoint'].includes(name)) return { kind: 'cluster' };
  if (/^wait-for(-it)?(\.sh)?$/.test(name)) {
    const end = args.indexOf('--');
    const own = end < 0 ? args : args.slice(0, end);
    const limit = seconds(option(own, '-t', '--timeout')) ?? 15;
    return {
      kind: 'wait',
      to: own.flatMap(hostPort),
      seconds: limit === 0 ? undefined : limit,
      drop: end < 0 ? 0 : end + 1,
    };
  }
  if (name === 'wait4x' || name === 'dockerize') {
    const end = args.indexOf('--');
    const own = end < 0 ? args : args.slice(0, end);
    const limit = seconds(option(own, '-t', '--timeout', '-timeout')) ?? 10;
    return {
      kind: 'wait',
      to: own.flatMap((arg) => {
        const found = hostPort(arg.replace(/^-wait=/, ''));
        return found.length > 0 ? found : fromUrls(arg);
      }),
      seconds: limit === 0 ? undefined : limit,
      drop: end < 0 ? 0 : end + 1,
    };
  }
  if (['nslookup', 'dig', 'host'].includes(name))
    return { kind: 'resolve', host: args.find((arg) => !/^[-+@]/.test(arg)) ?? '' };
  if (['nc', 'ncat', 'telnet'].includes(name)) {
    const words = args.filter((arg, index) => !arg.startsWith('-') && !['-w', '-i'].includes(args[index - 1] ?? ''));
    return { kind: 'connect', to: [{ host: words[0] ?? '', port: Number(words[1] ?? 23) }], failure: 1 };
  }
  if (name === 'curl') {
    const bare = args.filter((arg) => /^[\w.-]+(:\d+)?(\/.*)?$/.test(arg) && arg.includes('.') && !arg.startsWith('-'));
    const found = fromUrls(args.join(' '));
    return {
      kind: 'connect',
      to: found.length > 0 ? found : bare.slice(0, 1).flatMap((arg) => fromUrls(`http://${arg}`)),
      failure: 7,
    };
  }
  if (name in defaultPorts) {
    const host = option(args, '--host', '-h', '-S') ?? option(args, '-H', '--endpoints');
    const port = Number(option(args, '--port', '-P', ...(name.startsWith('m') ? [] : ['-p'])) ?? defaultPorts[name]);
    const urls = fromUrls(args.join(' '));
    const named = host === undefined ? [] : [{ host, port: Number.isInteger(port) ? port : (defaultPorts[name] ?? 0) }];
    const pairs = urls.length > 0 ? urls : named.length > 0 ? named : args.flatMap(hostPort);
    const positional =
      name === 'cqlsh'
        ? args
            .filter((arg) => /^[a-z][\w.-]*$/.test(arg))
            .slice(0, 1)
            .map((one) => ({ host: one, port: 9042 }))
        : [];
    const fallback = [env.PGHOST, env.MYSQL_HOST, env.REDIS_HOST]
      .filter((one): one is string => one !== undefined)
      .map((one) => ({ host: one, port }));
    const to = pairs.length > 0 ? pairs : positional.length > 0 ? positional : fallback;
    return {
      kind: 'connect',
      to: to.length > 0 ? to : [{ host: 'localhost', port }],
      failure: name === 'pg_isready' ? 2 : 1,
      // A row of one column: what a query of a wait finds when the schema is there.
      ...(name === 'psql' && { prints: '1\n' }),
    };
  }
  const told = fromUrls(args.join(' '), (scheme) => scheme in schemePorts && !['http', 'https'].includes(scheme));
  return { kind: 'connect', to: told.length > 0 ? told : fromEnv(env), failure: 1 };
}
