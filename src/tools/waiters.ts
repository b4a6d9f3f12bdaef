import { duration } from '../shell/index.ts';
import type { Address } from './address.ts';
import { addressesIn, hostPort } from './address.ts';
import { baseName } from './argv.ts';
import type { Awaited } from './kubernetes.ts';
import type { OptionSpec } from './options.ts';
import { readOptions } from './options.ts';

/** A program that waits by itself. */
interface Waiter extends OptionSpec {
  name: RegExp;
  /** Options with the time limit, its default in seconds and its unit; no default: it never gives up. */
  limit: readonly string[];
  seconds?: number;
  milliseconds?: boolean;
  /** Options that name an address, besides the words. */
  url?: readonly string[];
  host?: readonly string[];
  port?: readonly string[];
  /** Words before the addresses: `wait4x tcp`. */
  sub?: RegExp;
  /** Without this option it goes on after its time. */
  strict?: readonly string[];
}

const waiters: readonly Waiter[] = [
  {
    name: /^(wait-?for-?it|wait_for_it)(\.sh|\.py)?$/,
    short: 'hpt',
    long: ['host', 'port', 'timeout', 'service'],
    limit: ['t', 'timeout'],
    seconds: 15,
    host: ['h', 'host'],
    port: ['p', 'port'],
    url: ['service'],
    strict: ['s', 'strict'],
  },
  { name: /^wait-for(\.sh)?$/, short: 't', long: ['timeout'], limit: ['t', 'timeout'], seconds: 15 },
  {
    name: /^wait-for-port$/,
    short: 's',
    long: ['host', 'state', 'timeout'],
    limit: ['timeout', 't'],
    seconds: 30,
    host: ['host'],
    port: ['0'],
  },
  {
    name: /^wait4x$/,
    short: 'tiq',
    long: [
      'timeout',
      'interval',
      'connection-timeout',
      'expect-status-code',
      'expect-body-regex',
      'backoff-policy',
      'expect-table',
    ],
    sub: /^(tcp|http|https|postgresql|postgres|mysql|redis|mongodb|rabbitmq|kafka|influxdb|temporal|server|worker|dns|A|AAAA|CNAME|TXT|MX|NS)$/,
    limit: ['t', 'timeout'],
    seconds: 10,
  },
  {
    name: /^dockerize$/,
    go: true,
    long: ['wait', 'timeout', 'wait-retry-interval', 'template', 'stdout', 'stderr', 'wait-http-header'],
    limit: ['timeout'],
    seconds: 10,
    url: ['wait'],
  },
  {
    name: /^wait-on$/,
    short: 'tidc',
    long: ['timeout', 'interval', 'delay', 'config'],
    limit: ['t', 'timeout'],
    milliseconds: true,
  },
  { name: /^wait-port$/, short: 'to', long: ['timeout', 'output'], limit: ['t', 'timeout'], milliseconds: true },
  { name: /^await$/, short: 't', long: ['timeout'], limit: ['t', 'timeout'], seconds: 60 },
  {
    name: /^(wait-for|wait-for-|wait_for_|waitfor)[\w-]*(\.sh|\.py)?$/,
    short: 'thp',
    long: ['timeout', 'host', 'port'],
    limit: ['t', 'timeout'],
    host: ['h', 'host'],
    port: ['p', 'port'],
  },
];

/** What a waiting program waits for, and whether it goes on without failing when its time is over. */
export function waiter(argv: readonly string[]): Awaited | undefined {
  const tool = baseName(argv[0] ?? '');
  const row = waiters.find(({ name }) => name.test(tool));
  if (!row) return undefined;
  const options = readOptions(argv, row);
  const words = row.sub
    ? options.positional.filter((word, i) => !(i < 2 && row.sub?.test(word)))
    : row.url?.includes('wait')
      ? []
      : options.positional;
  const found: Address[] = [];
  const port = row.port?.map((name) => (name === '0' ? words[0] : options.get(name))).find(Boolean);
  const host = row.host?.map((name) => options.get(name)).find(Boolean);
  if (host)
    found.push(...[hostPort(host)].flatMap((address) => (address ? [{ ...address, ...(port && { port }) }] : [])));
  else
    for (const word of [...(row.url ?? []).flatMap((name) => options.all(name)), ...words])
      found.push(...address(word, row));
  // `wait-for-postgres.sh db`: the only word is a host, if it is one at all.
  if (found.length === 0) return undefined;
  const nameOnly = options.positional[0] === 'dns';
  const targets = found.map(({ host: name, port: number }) => ({
    kind: 'host' as const,
    host: name,
    ...(number && !nameOnly && { port: number }),
    nameOnly,
  }));
  const text = row.limit.map((name) => options.get(name)).find(Boolean);
  const given = duration(text);
  const seconds = given === undefined ? row.seconds : row.milliseconds ? given / 1000 : given;
  const bounded = seconds !== undefined && seconds > 0;
  const passes = argv.includes('--') && row.strict !== undefined && !options.has(...row.strict);
  return { tool, targets, bounded, ...(bounded && { seconds }), ...(bounded && passes && { givesUp: true }) };
}

function address(word: string, row: Waiter): Address[] {
  const bare = word.replace(/^(http|https)-get:\/*/, '$1://').replace(/^tcp:(?!\/\/)/, 'tcp://');
  const urls = addressesIn(bare);
  if (urls.length > 0) return urls;
  const single = hostPort(bare);
  return single && (single.port !== undefined || row.sub?.test('dns') === true) ? [single] : [];
}
