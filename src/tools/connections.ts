import type { Command } from '../shell/index.ts';
import { addressesIn, hostPort, isLocal, knownScheme } from './address.ts';
import type { Address } from './address.ts';
import { baseName } from './argv.ts';
import type { Connection, Written } from './understanding.ts';
import { touches } from './probes.ts';

type Env = ReadonlyMap<string, string | undefined>;

/** Parts of a variable's name that say which kind of server it points to. */
const kinds: Readonly<Record<string, string>> = {
  POSTGRES: 'postgres',
  POSTGRESQL: 'postgres',
  PG: 'postgres',
  PSQL: 'postgres',
  PGSQL: 'postgres',
  TIMESCALE: 'postgres',
  MYSQL: 'mysql',
  MARIADB: 'mysql',
  MONGO: 'mongodb',
  MONGODB: 'mongodb',
  REDIS: 'redis',
  VALKEY: 'redis',
  RABBITMQ: 'amqp',
  RABBIT: 'amqp',
  AMQP: 'amqp',
  CLICKHOUSE: 'clickhouse',
  CASSANDRA: 'cassandra',
  SCYLLA: 'cassandra',
  KAFKA: 'kafka',
  ELASTICSEARCH: 'elasticsearch',
  ELASTIC: 'elasticsearch',
  OPENSEARCH: 'elasticsearch',
  ETCD: 'etcd',
  NATS: 'nats',
  ZOOKEEPER: 'zookeeper',
  MEMCACHED: 'memcached',
  MSSQL: 'mssql',
  SQLSERVER: 'mssql',
  ORACLE: 'oracle',
  COCKROACH: 'cockroachdb',
  NEO4J: 'neo4j',
  INFLUXDB: 'influxdb',
};
const hostSuffix =
  /^(.*?)_?(HOST|HOSTNAME|HOST_NAME|SERVER|SERVERS|ADDRESS|ADDR|ENDPOINT|ENDPOINTS|SEEDS|HOSTS|NODES|CONTACT_POINTS|BROKERS|BOOTSTRAP_SERVERS?|URL|URI|DSN|SERVICE|SERVICE_NAME)$/;
/** Servers that are themselves reached over HTTP. */
const overHttp = new Set(['clickhouse', 'elasticsearch', 'influxdb', 'etcd']);
const generalDatabase = new Set(['DB', 'DATABASE', 'SQL', 'DATASOURCE', 'RDS']);
/** Names that say where the container itself is reached. */
const own = /(^|_)(BIND|LISTEN|PUBLIC|EXTERNAL|ALLOWED|VIRTUAL|ADVERTISED?|CORS|EXPORTER|METRICS|SERVE|PROXY|NO)(_|$)/;
const portScheme: Readonly<Record<string, string>> = {
  5432: 'postgres',
  3306: 'mysql',
  27017: 'mongodb',
  6379: 'redis',
  5672: 'amqp',
  9042: 'cassandra',
  1433: 'mssql',
  26257: 'cockroachdb',
};

/** The hosts that a container's variables and commands name. */
export function findConnections(
  env: Env,
  commands: readonly Command[],
  waiting: ReadonlySet<Command>,
  place: (command: Command) => Written,
  variable: (command: Command) => (name: string) => string | undefined,
): Connection[] {
  const found: Connection[] = [];
  const seen = new Set<string>();
  const add = (address: Address, { at, row }: Written): void => {
    if (isLocal(address.host) || address.host.includes('$') || found.length >= 200) return;
    const key = JSON.stringify([address.host, address.port, at]);
    if (seen.has(key)) return;
    seen.add(key);
    found.push({ ...address, at, ...(row !== undefined && { row }) });
  };
  for (const [name, value] of env)
    if (value && value.length < 4000)
      for (const address of fromVariable(name, value, env)) add(address, { at: ['env', name] });
  for (const command of commands) {
    if (waiting.has(command)) continue;
    for (const [name, value] of Object.entries(command.env))
      if (env.get(name) !== value) for (const address of fromVariable(name, value, env)) add(address, place(command));
    if (/^(echo|printf|log|info|sed|awk|grep|egrep|tr|cut|export|test|\[)$/.test(baseName(command.argv[0] ?? '')))
      continue;
    for (const address of fromArguments(command, variable(command))) add(address, place(command));
  }
  return found;
}

function fromArguments(command: Command, variable: (name: string) => string | undefined): Address[] {
  const touch = touches(command.argv, variable);
  if (touch)
    return touch.nameOnly
      ? []
      : touch.targets.map((target) => ({ ...target, ...(touch.scheme && { scheme: touch.scheme }) }));
  const found: Address[] = [];
  for (let i = 1; i < command.argv.length && i < 200; i++) {
    const word = command.argv[i] ?? '';
    if (/(?:^|[^a-z])(?:bind|listen|public|advertise|listener|allowed|cors|origin)/i.test(word.split('=')[0] ?? '')) {
      // The program's own address may be the next word.
      if (/^--?[\w.-]+$/.test(word) && /^[^-\s][^\s]*:\/\//.test(command.argv[i + 1] ?? '')) i += 1;
      continue;
    }
    const option = /^--?((?:[\w.]+-)*(?:host|hostname|db-server|endpoint|ep))(?:=(.*))?$/.exec(
      word.length < 1000 ? word : '',
    );
    if (option) {
      const address = hostPort(option[2] ?? command.argv[i + 1] ?? '');
      if (address) found.push({ ...address, ...scheme(option[1]?.toUpperCase().split(/[-.]/) ?? []) });
      continue;
    }
    if (word.includes('://') || word.includes('@tcp(') || word.startsWith('jdbc:'))
      found.push(...addressesIn(word.replace(/^--?[\w.-]+=/, '')));
  }
  return found;
}

function scheme(words: readonly string[]): { scheme?: string } {
  const name = words.map((word) => (Object.hasOwn(kinds, word) ? kinds[word] : undefined)).find(Boolean);
  return name ? { scheme: name } : {};
}

function fromVariable(name: string, value: string, env: Env): Address[] {
  const upper = name.toUpperCase();
  if (own.test(upper) || upper.endsWith('_FILE') || upper.endsWith('_PASSWORD') || /\n/.test(value.trim())) return [];
  if (value.includes('://') || value.includes('tcp(') || value.startsWith('jdbc:')) {
    const isDatabase = scheme(partsOf(upper));
    return addressesIn(value).map((address) => ({
      ...address,
      ...(!address.scheme && isDatabase),
      ...(address.scheme === 'http' && overHttp.has(isDatabase.scheme ?? '') && isDatabase),
    }));
  }
  if (/\b(host|server|data source)\s?=/i.test(value))
    return addressesIn(value).map((address) => ({ ...scheme(partsOf(upper)), ...address }));
  const suffix = /^PGHOST(ADDR)?$/.test(upper) ? ['', 'PG', 'HOST'] : hostSuffix.exec(upper);
  if (!suffix) return [];
  const prefix = (suffix[1] ?? '').split('_');
  const what = scheme(prefix);
  const database = prefix.some((word) => generalDatabase.has(word));
  if (!what.scheme && !database) return [];
  const port = portOf(name, suffix[2] ?? '', env);
  const type = what.scheme ?? siblingType(name, suffix[2] ?? '', env);
  return value
    .split(/[,\s]+/)
    .slice(0, 20)
    .flatMap((piece) => {
      const address = hostPort(piece);
      if (
        !address ||
        /^(true|false|yes|no|on|off|disabled?|enabled?|none|null|postgres(ql)?\+|\d+(\.\d+)?)$/i.test(piece)
      )
        return [];
      // `DB_URL=x` and the like hold a name only where they have a port.
      if (/^(URL|URI|DSN|SERVICE|SERVICE_NAME|NODES)$/.test(suffix[2] ?? '') && address.port === undefined) return [];
      const at = address.port ?? port;
      const kind = type ?? (at !== undefined ? portScheme[at] : undefined);
      return [{ host: address.host, ...(at && { port: at }), ...(kind && { scheme: kind }) }];
    });
}

function partsOf(name: string): string[] {
  return name.split('_');
}

/** The port beside a host: `DB_HOST` and `DB_PORT`. */
function portOf(name: string, suffix: string, env: Env): string | undefined {
  const stem = name.slice(0, name.length - suffix.length);
  for (const other of ['PORT', 'PORT_NUMBER', 'TCP_PORT']) {
    const value = env.get(
      stem + (suffix === suffix.toUpperCase() && name !== name.toUpperCase() ? other.toLowerCase() : other),
    );
    if (value !== undefined && /^\d{1,5}$/.test(value)) return value;
  }
  return undefined;
}

/** `DB_TYPE=postgres` beside `DB_HOST`. */
function siblingType(name: string, suffix: string, env: Env): string | undefined {
  const stem = name.slice(0, name.length - suffix.length);
  for (const other of [
    'TYPE',
    'CONNECTION',
    'ENGINE',
    'DRIVER',
    'DIALECT',
    'ADAPTER',
    'CLIENT',
    'VENDOR',
    'PROVIDER',
    'BACKEND',
  ]) {
    const value = env.get(stem + other);
    const known =
      value &&
      knownScheme(
        value
          .split(/[./]/)
          .at(-1)
          ?.replace(/^postgresql_psycopg2$/, 'postgres') ?? '',
      ).scheme;
    if (known) return known;
  }
  return undefined;
}
