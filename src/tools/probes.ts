import { baseName } from './argv.ts';
import type { Address } from './address.ts';
import { addressesIn, hostPort, isHost } from './address.ts';
import type { Options } from './options.ts';
import { readOptions } from './options.ts';
import { probes, type Probe } from './probe-table.ts';

const byName = new Map<string, Probe[]>();
for (const probe of probes)
  for (const name of probe.names.split(' ')) byName.set(name, [...(byName.get(name) ?? []), probe]);

/** What one command touches. */
export interface Touch {
  tool: string;
  targets: Address[];
  nameOnly: boolean;
  single: boolean;
  retries?: { seconds?: number; bounded?: boolean };
  scheme?: string;
}

/** The hosts that a command touches, if it is a program known for that. */
export function touches(argv: readonly string[], variable: (name: string) => string | undefined): Touch | undefined {
  const tool = baseName(argv[0] ?? '');
  for (const probe of byName.get(tool) ?? []) {
    const options = readOptions(argv, probe);
    if (probe.sub && !options.positional.some((word, i) => i < 2 && probe.sub?.test(word))) continue;
    if (tool === 'clickhouse' && options.positional[0] !== 'client') continue;
    if (probe.not?.(options)) continue;
    const targets = targetsOf(probe, options, variable);
    if (targets.length === 0) continue;
    const retries = probe.retries?.(options);
    return {
      tool,
      targets,
      nameOnly: probe.nameOnly ?? false,
      single: probe.single?.(options) ?? false,
      ...(retries && { retries }),
      ...(probe.scheme && { scheme: probe.scheme }),
    };
  }
  return undefined;
}

function targetsOf(probe: Probe, options: Options, variable: (name: string) => string | undefined): Address[] {
  const read = (place: string | number): string | undefined =>
    typeof place === 'number' ? options.positional[place] : options.get(place);
  const port = first(probe.port, read) ?? first(probe.portEnv, variable);
  const complete = (address: Address): Address => ({
    host: address.host,
    ...(!probe.nameOnly && { port: address.port ?? port ?? probe.defaultPort }),
  });
  for (const place of probe.url ?? []) {
    const found = urls(place === 0 ? options.positional : [read(place)], probe);
    if (found.length > 0) return found.map(complete);
  }
  const host = first(probe.host, read);
  if (host !== undefined) return hosts(host).map(complete);
  for (const name of probe.urlEnv ?? []) {
    const found = urls([variable(name)], probe);
    if (found.length > 0) return found.map(complete);
  }
  const named = first(probe.hostEnv, variable);
  return named === undefined ? [] : hosts(named).map(complete);
}

function first<T>(places: readonly T[] | undefined, read: (place: T) => string | undefined): string | undefined {
  for (const place of places ?? []) {
    const value = read(place);
    if (value) return value;
  }
  return undefined;
}

/** `replset/a:1,b:2`, `rabbit@host`, `host:port`. */
function hosts(text: string): Address[] {
  const bare = text.replace(/^[\w.-]{1,100}[@/]/, '');
  return bare
    .split(',')
    .slice(0, 10)
    .flatMap((piece) => hostPort(piece) ?? []);
}

function urls(values: readonly (string | undefined)[], probe: Probe): Address[] {
  const isHttp = probe.scheme === 'http';
  for (const value of values) {
    if (!value) continue;
    const found = addressesIn(value);
    if (found.length > 0) return found;
    // psql's first word may be a database's name; only a web client takes a bare host.
    if (probe.scheme === 'postgres') continue;
    const bare =
      isHttp || probe.scheme === 'mongodb'
        ? value.slice(0, value.search(/[/?]/) < 0 ? undefined : value.search(/[/?]/))
        : value;
    if (probe.scheme === 'mongodb' && !/[:.]/.test(bare)) continue;
    const list = bare.split(',').flatMap((piece) => hostPort(piece.replace(/^tcp:/, '')) ?? []);
    if (list.length > 0 && isHost(list[0]?.host)) return list;
  }
  return [];
}
