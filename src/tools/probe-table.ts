import type { Options, OptionSpec } from './options.ts';

/** Where a tool takes its host from, in the order it looks. */
export interface Probe extends OptionSpec {
  names: string;
  /** Sub-command that must be there. */
  sub?: RegExp;
  /** Option names, positional places and environment variables; the first that is there wins. */
  host?: readonly (string | number)[];
  port?: readonly (string | number)[];
  hostEnv?: readonly string[];
  portEnv?: readonly string[];
  /** Places that may hold a URL, a DSN or `host:port`. */
  url?: readonly (string | number)[];
  urlEnv?: readonly string[];
  defaultPort?: string;
  scheme?: string;
  nameOnly?: boolean;
  /** One run is a check of its own, so its failure alone holds the container up. */
  single?: (options: Options) => boolean;
  /** The tool repeats by itself. */
  retries?: (options: Options) => { seconds?: number; bounded?: boolean } | undefined;
  /** Never a probe with these. */
  not?: (options: Options) => boolean;
}

const always = (): boolean => true;
const postgres = {
  scheme: 'postgres',
  defaultPort: '5432',
  hostEnv: ['PGHOST'],
  portEnv: ['PGPORT'],
  host: ['h', 'host'],
  port: ['p', 'port'],
} as const;
const http = { defaultPort: '80', scheme: 'http' } as const;

/** Programs that touch a host: alone a check, a client, or a request. */
export const probes: readonly Probe[] = [
  {
    names: 'nc ncat netcat',
    short: 'wiqspxXIOTVceGgmMPW',
    long: ['wait', 'idle-timeout', 'source', 'source-port'],
    host: [0],
    port: [1],
    single: (o) => o.has('z'),
    not: (o) => o.has('l', 'U'),
  },
  { names: 'telnet', host: [0], port: [1], defaultPort: '23' },
  {
    names: 'pg_isready',
    short: 'hpUdt',
    long: ['host', 'port', 'username', 'dbname', 'timeout'],
    url: ['d', 'dbname'],
    ...postgres,
    single: always,
  },
  {
    names: 'psql pg_dump pg_restore createdb dropdb createuser',
    short: 'hpUdcfvoPLFRT',
    long: ['host', 'port', 'username', 'dbname', 'command', 'file', 'set', 'variable'],
    url: ['d', 'dbname', 0],
    ...postgres,
  },
  {
    names: 'mysql mariadb mysqladmin mariadb-admin mysqlshow mysqldump mariadb-dump mysqlcheck',
    short: 'hPueDSw',
    attached: 'p',
    long: [
      'host',
      'port',
      'user',
      'execute',
      'database',
      'socket',
      'connect-timeout',
      'protocol',
      'defaults-file',
      'defaults-extra-file',
    ],
    host: ['h', 'host'],
    port: ['P', 'port'],
    hostEnv: ['MYSQL_HOST'],
    portEnv: ['MYSQL_TCP_PORT'],
    defaultPort: '3306',
    scheme: 'mysql',
    single: (o) => o.positional[0] === 'ping',
  },
  {
    names: 'mongosh mongo',
    short: 'upf',
    long: [
      'host',
      'port',
      'eval',
      'username',
      'password',
      'authenticationDatabase',
      'authenticationMechanism',
      'tlsCAFile',
    ],
    host: ['host'],
    port: ['port'],
    url: [0],
    defaultPort: '27017',
    scheme: 'mongodb',
  },
  {
    names: 'redis-cli valkey-cli keydb-cli',
    short: 'hpuanrit',
    long: ['user', 'pass', 'cacert', 'cert', 'key'],
    host: ['h'],
    port: ['p'],
    url: ['u'],
    defaultPort: '6379',
    scheme: 'redis',
    single: (o) => o.positional.some((word) => /^ping$/i.test(word)),
  },
  {
    names: 'cqlsh',
    short: 'upkfe',
    long: ['username', 'password', 'execute', 'file', 'connect-timeout', 'request-timeout', 'cqlversion'],
    host: [0],
    port: [1],
    hostEnv: ['CQLSH_HOST'],
    portEnv: ['CQLSH_PORT'],
    defaultPort: '9042',
    scheme: 'cassandra',
  },
  {
    names: 'clickhouse-client clickhouse',
    short: 'hudq',
    long: ['host', 'port', 'user', 'password', 'query', 'database', 'q', 'queries-file'],
    host: ['host', 'h'],
    port: ['port'],
    hostEnv: ['CLICKHOUSE_HOST'],
    defaultPort: '9000',
    scheme: 'clickhouse',
  },
  {
    names: 'rabbitmqctl rabbitmq-diagnostics',
    short: 'nt',
    long: ['node', 'timeout'],
    host: ['n', 'node'],
    scheme: 'amqp',
    defaultPort: '5672',
  },
  {
    names: 'rabbitmqadmin',
    short: 'HPuVpNc',
    long: ['host', 'port', 'username', 'password', 'vhost'],
    host: ['H', 'host'],
    port: ['P', 'port'],
    defaultPort: '15672',
    scheme: 'amqp',
  },
  {
    names: 'curl',
    short: 'XHdouAebFmwTKxyYzCEQPDrtU',
    long: [
      'request',
      'header',
      'data',
      'data-raw',
      'data-binary',
      'data-urlencode',
      'json',
      'output',
      'user',
      'max-time',
      'connect-timeout',
      'retry',
      'retry-delay',
      'retry-max-time',
      'write-out',
      'cacert',
      'cert',
      'key',
      'form',
      'url',
      'user-agent',
      'max-redirs',
      'resolve',
      'unix-socket',
    ],
    url: ['url', 0],
    ...http,
    retries: (o) =>
      o.get('retry') && o.has('retry-connrefused', 'retry-all-errors')
        ? { bounded: true, seconds: product(o.get('retry'), o.get('retry-delay')) }
        : undefined,
    not: (o) => o.has('unix-socket'),
  },
  {
    names: 'wget',
    short: 'OoaTtQPUeiBwl',
    long: [
      'output-document',
      'output-file',
      'timeout',
      'tries',
      'header',
      'post-data',
      'post-file',
      'method',
      'body-data',
      'user',
      'password',
      'http-user',
      'http-password',
      'waitretry',
      'user-agent',
      'ca-certificate',
    ],
    url: [0],
    ...http,
    retries: (o) => (o.has('retry-connrefused') ? { bounded: o.get('t', 'tries') !== '0' } : undefined),
  },
  { names: 'getent', sub: /^(hosts|ahosts|ahostsv4|ahostsv6)$/, host: [1], nameOnly: true, single: always },
  { names: 'nslookup', host: [0], nameOnly: true, single: always },
  { names: 'dig drill', host: [0], nameOnly: true, not: (o) => o.positional[0]?.startsWith('@') === true },
  { names: 'host', host: [0], short: 'tcRW', nameOnly: true, single: always },
  { names: 'ping ping6', short: 'cwWiIst', host: [0], nameOnly: true },
  {
    names: 'etcdctl',
    long: ['endpoints', 'cacert', 'cert', 'key', 'user', 'command-timeout', 'dial-timeout'],
    url: ['endpoints'],
    urlEnv: ['ETCDCTL_ENDPOINTS'],
    defaultPort: '2379',
    scheme: 'etcd',
  },
  {
    names:
      'kafka-topics.sh kafka-topics kafka-broker-api-versions.sh kafka-broker-api-versions kafka-configs.sh kafka-console-consumer.sh',
    long: ['bootstrap-server', 'zookeeper', 'command-config', 'topic'],
    url: ['bootstrap-server', 'zookeeper'],
    defaultPort: '9092',
    scheme: 'kafka',
  },
  { names: 'kcat kafkacat', short: 'btpoXGcm', url: ['b'], defaultPort: '9092', scheme: 'kafka' },
  {
    names: 'cub',
    sub: /^kafka-ready$/,
    short: 'bcs',
    url: ['b'],
    defaultPort: '9092',
    scheme: 'kafka',
    single: always,
  },
  { names: 'sqlcmd', short: 'SUPQdil', url: ['S'], defaultPort: '1433', scheme: 'mssql' },
  {
    names: 'cockroach',
    sub: /^(sql|node|init)$/,
    short: 'peud',
    long: ['host', 'url', 'certs-dir', 'port', 'user', 'execute'],
    url: ['url', 'host'],
    port: ['p', 'port'],
    urlEnv: ['COCKROACH_URL', 'COCKROACH_HOST'],
    defaultPort: '26257',
    scheme: 'cockroachdb',
  },
  {
    names: 'grpc_health_probe grpc-health-probe',
    go: true,
    long: ['addr', 'connect-timeout', 'rpc-timeout', 'service'],
    url: ['addr'],
    single: always,
  },
  { names: 'openssl', sub: /^s_client$/, go: true, long: ['connect', 'servername'], url: ['connect'] },
  {
    names: 'nats nats-cli',
    short: 's',
    long: ['server'],
    url: ['s', 'server'],
    urlEnv: ['NATS_URL'],
    defaultPort: '4222',
    scheme: 'nats',
  },
  { names: 'ldapsearch ldapwhoami', short: 'HDwbhps', url: ['H', 'h'], defaultPort: '389', scheme: 'ldap' },
  {
    names: 'vault',
    sub: /^status$/,
    go: true,
    long: ['address'],
    url: ['address'],
    urlEnv: ['VAULT_ADDR'],
    defaultPort: '8200',
  },
  {
    names: 'influx',
    sub: /^ping$/,
    long: ['host'],
    url: ['host'],
    urlEnv: ['INFLUX_HOST'],
    defaultPort: '8086',
    single: always,
  },
  {
    names: 'temporal tctl',
    sub: /^(operator|cluster|namespace|n)$/,
    short: 'n',
    long: ['address', 'ad', 'namespace'],
    url: ['address', 'ad'],
    urlEnv: ['TEMPORAL_ADDRESS', 'TEMPORAL_CLI_ADDRESS'],
    defaultPort: '7233',
  },
];

function product(a: string | undefined, b: string | undefined): number | undefined {
  const value = Number(a) * Number(b);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
