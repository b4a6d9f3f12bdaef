/** A host that a piece of text names. */
export interface Address {
  host: string;
  port?: string;
  scheme?: string;
}

/** Spellings of a scheme, what we call it, and the port its clients take by themselves. */
const schemes: readonly (readonly [RegExp, string, string?])[] = [
  [/^(postgres|postgresql|psql|pgsql|pgx|postgis|pgx5|timescaledb)$/, 'postgres', '5432'],
  [/^(mysql|mysql2|mysqlx|mariadb)$/, 'mysql', '3306'],
  [/^mongodb$/, 'mongodb', '27017'],
  [/^(rediss?|valkeys?|keydb)$/, 'redis', '6379'],
  [/^(amqp|rabbitmq|pyamqp)$/, 'amqp', '5672'],
  [/^amqps$/, 'amqp', '5671'],
  [/^(clickhouse|ch)$/, 'clickhouse', '9000'],
  [/^(cassandra|scylla|cql)$/, 'cassandra', '9042'],
  [/^(sqlserver|mssql)$/, 'mssql', '1433'],
  [/^(cockroach|cockroachdb|crdb-postgres)$/, 'cockroachdb', '26257'],
  [/^oracle$/, 'oracle', '1521'],
  [/^http$/, 'http', '80'],
  [/^https$/, 'http', '443'],
  [/^(kafka)$/, 'kafka', '9092'],
  [/^nats$/, 'nats', '4222'],
  [/^(es|elasticsearch|opensearch)$/, 'elasticsearch', '9200'],
  [/^(neo4j|bolt)$/, 'neo4j', '7687'],
  [/^ldap$/, 'ldap', '389'],
  [/^ldaps$/, 'ldap', '636'],
  [/^(zk|zookeeper)$/, 'zookeeper', '2181'],
  [/^memcached?$/, 'memcached', '11211'],
];

/** What a URL's scheme is called here and its usual port. */
export function knownScheme(text: string): { scheme?: string; port?: string } {
  const name = text.toLowerCase().split('+')[0] ?? '';
  for (const [pattern, scheme, port] of schemes) if (pattern.test(name)) return { scheme, port };
  return {};
}

const hostName = /^(?:[A-Za-z0-9_](?:[\w.-]*[\w.])?|\[[0-9A-Fa-f:.]+\])$/;
const unknown = /^[\w.-]*\$\{?\w[^\s/@]*$/;

/** Whether a text can be a host's name; a part that only the container knows is let through. */
export function isHost(text: string | undefined): text is string {
  return text !== undefined && text.length <= 253 && (hostName.test(text) || unknown.test(text));
}

/** Whether a host is the container's own pod or an address to listen on. */
export function isLocal(host: string): boolean {
  return /^(localhost|127\.|0\.0\.0\.0$|\[?::1?\]?$)/.test(host);
}

/** The pod's own namespace as a part of a name: without it the name means the same. */
const ownNamespace = /\.(?:\$\(cat [^()\s]{1,100}\/namespace\)|\$\{?(?:\w+_)?NAMESPACE\}?)(?:\.svc(?:\.[\w.-]*)?)?/;

/** Splits `host`, `host:port`, `[::1]:port`; `$VAR` and `${VAR:-x}` stay whole. */
export function hostPort(written: string): Address | undefined {
  const text = written.length > 300 ? written : written.replace(ownNamespace, '');
  const match = /^(\[[^\]]*\]|(?:[\w.-]|\$\{[^}]*\}|\$\w)+)(?::(\d{1,5}|\$(?:\{[^}]*\}|\w+)|[a-z][\w-]*))?$/.exec(
    text.length > 300 ? '' : text,
  );
  const host = match?.[1];
  if (!isHost(host)) return undefined;
  return { host, ...(match?.[2] && { port: match[2] }) };
}

/** The hosts of a URL or DSN: `scheme://user:pw@a:1,b:2/x`, `jdbc:…`, `u:p@tcp(h:1)/x`, `host=h port=1`. */
export function addressesIn(value: string): Address[] {
  const text = value.trim().slice(0, 2000);
  const tcp = /@?(?:tcp|tcp4|cloudsql)\(([^()\s]+)\)/.exec(text);
  if (tcp) {
    const address = hostPort(tcp[1] ?? '');
    return address ? [{ ...address, port: address.port ?? '3306', scheme: 'mysql' }] : [];
  }
  const at = text.indexOf('://');
  if (at > 0) return urlAddresses(text, at);
  const oracle = /^jdbc:oracle:thin:@\/?\/?([\w.-]+)(?::(\d+))?/.exec(text);
  if (oracle?.[1]) return [{ host: oracle[1], port: oracle[2] ?? '1521', scheme: 'oracle' }];
  const host = /(?:^|[\s;])(?:host|hostaddr|server|data source)\s?=\s?'?([^\s;',]+)/i.exec(text);
  if (!host) return [];
  const address = hostPort(host[1] ?? '');
  const port = /(?:^|[\s;])port\s?=\s?'?(\d+)/i.exec(text)?.[1];
  const postgres = /\b(dbname|sslmode|user)\s?=/.test(text) && !text.includes(';');
  return address
    ? [
        {
          ...address,
          ...((port ?? (postgres && '5432')) && { port: port ?? address.port ?? '5432' }),
          ...(postgres && { scheme: 'postgres' }),
        },
      ]
    : [];
}

function urlAddresses(text: string, at: number): Address[] {
  const head = /([A-Za-z][\w+.-]*)$/.exec(text.slice(Math.max(0, at - 40), at))?.[1] ?? '';
  const written = head.split(':').at(-1) ?? '';
  const known = knownScheme(written);
  if (written === 'file' || written === 'unix' || written === 'sqlite' || written === 's3') return [];
  let authority = text.slice(at + 3);
  // A `/` or `?` ends the authority, but only behind the password, which may hold either.
  const login = authority.search(/@(?!.*@)/);
  const path = authority.search(/[/?#;\s"']/);
  if (login >= 0 && (path < 0 || login < path || !/[?/].*=/.test(authority.slice(0, login))))
    authority = authority.slice(login + 1);
  const end = authority.search(/[/?#;\s"']/);
  if (end >= 0) authority = authority.slice(0, end);
  const found: Address[] = [];
  for (const piece of authority.split(',').slice(0, 20)) {
    const address = hostPort(piece);
    if (!address) continue;
    const port = address.port ?? (written.endsWith('+srv') ? undefined : known.port);
    found.push({ host: address.host, ...(port && { port }), ...(known.scheme && { scheme: known.scheme }) });
  }
  return found;
}
