// Command lines and scripts, and what each is understood as.
import { readFileSync } from 'node:fs';
import { parseScript, type Command } from '../../src/shell/index.ts';
import { understand, type ContainerCommand, type Understanding } from '../../src/tools/index.ts';
import type { Case } from './case.ts';

const env = new Map<string, string | undefined>(
  Object.entries({
    DB: 'store',
    PORT: '5432',
    PGHOST: 'pg',
    PGPORT: '6432',
    MYSQL_HOST: 'my',
    MYSQL_TCP_PORT: '3310',
    CQLSH_HOST: 'wide',
    CQLSH_PORT: '9142',
    CLICKHOUSE_HOST: 'columns',
    ETCDCTL_ENDPOINTS: 'http://etcd:2379',
    COCKROACH_URL: 'postgres://roach:26257/x',
    NATS_URL: 'nats://bus:4222',
    VAULT_ADDR: 'http://vault:8200',
    INFLUX_HOST: 'http://series:8086',
    TEMPORAL_ADDRESS: 'temporal:7233',
    URL: 'postgres://me:pw@pg:6432/x',
    EMPTY: '',
    FLAG: 'on',
    SECRET: undefined,
    WEB_HOST: 'web',
    WEB_PORT: '80',
    OLD_DB_HOST: 'legacy',
  }),
);

const shellEnv = new Map<string, string | undefined>(
  Object.entries({
    HOST: 'store',
    PORT: '5432',
    EMPTY: '',
    HIDDEN: undefined,
    LIST: 'a b',
    MAX: '7',
    LIMIT: '9',
    BAD: '9x',
  }),
);
const scriptFiles: Record<string, string> = {
  '/known.sh': 'probe known $1 $#; a',
  '/errexit.sh': '#!/bin/sh -e\nprobe errexit; a',
  '/returns.sh': 'probe returns; return 0; other',
  '/exits.sh': 'probe exits; exit 0; other',
  '/env-bash.sh': '#!/usr/bin/env bash\nprobe env-bash',
  '/env-python.sh': '#!/usr/bin/env python3\nprobe env-python',
  '/sets.sh': 'SET=1; probe sets',
  '/tool.py': 'probe tool',
};

function understood(command: string[]): Understanding {
  const container: ContainerCommand = { name: 'main', image: 'registry.test/app:1', command, env };
  return understand(container);
}

/** What a command waits for, migrates and connects to, a line each, without what the line itself says. */
function shown({ waits, migrations, connections }: Understanding, script: string): string[] {
  const told = (kind: string, { at, text, ...what }: { at: readonly unknown[]; text: string; line?: string }) => {
    const where = { ...(at.join() !== 'command,2' && { at }), ...(text !== script && { text }) };
    return `  ${kind} ${JSON.stringify({ ...what, ...(what.line === text && { line: undefined }), ...where })}`;
  };
  return [
    ...waits.map((one) => told('wait', one)),
    ...migrations.map((one) => told('migration', one)),
    ...connections.filter(({ at }) => at[0] !== 'env').map((one) => told('connection', { text: script, ...one })),
  ];
}

/** What a shell runs, a line each: the words, and all else that is known. */
function run(text: string): string[] {
  const cut: string[] = [];
  const options = { readFile: (path: string) => scriptFiles[path], onCut: () => cut.push('  cut') };
  const found = parseScript({ text, origin: 'command', index: 2 }, shellEnv, options);
  return [...found.map((command) => ranAs(command, text)), ...cut];
}

function ranAs({ argv, env: given, redirects, start, end, script, ...what }: Command, text: string): string {
  const more = {
    ...what,
    ...(Object.keys(given).length > 0 && { env: given }),
    ...(redirects.length > 0 && { redirects }),
  };
  const where = script.origin === 'file' ? ` of ${script.path}` : '';
  const at = script.text === text ? text.slice(start, end) : `${start}-${end}`;
  return `  ${JSON.stringify(argv)}${where}${at === argv.join(' ') ? '' : ` at ${JSON.stringify(at)}`} ${JSON.stringify(more)}`.replace(
    / \{\}$/,
    '',
  );
}

/** The same of a script. */
const read = (script: string): string[] => shown(understood(['sh', '-c', script]), script);

/** The words of a command line, but its first, that mean the same with other letters before or behind them. */
function sameWith(line: string, script: (line: string) => string): string[] {
  const words = line.split(' ');
  const meant = (line: string) => {
    const { waits, migrations, connections } = understood(['sh', '-c', script(line)]);
    return JSON.stringify([waits, migrations, connections], (key, value: unknown) =>
      key === 'text' || key === 'line' ? undefined : value,
    );
  };
  const before = meant(line);
  const same = words.flatMap((word, i) =>
    i === 0 || !/^[\w./:-]+$/.test(word)
      ? []
      : [`my${word}`, `${word}x`].filter((other) => meant(words.with(i, other).join(' ')) === before),
  );
  return same.length > 0 ? [`  the same with ${same.join(' ')}`] : [];
}

/** What is understood of a command line that only looks like a known one. */
const readOther = (line: string): string[] => read(line).map((one) => `  ${line}:${one}`);

/** The hosts that variables name, a line each. */
function named(line: string): string[] {
  const given = new Map(
    line.split(' & ').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const),
  );
  const { connections } = understand({ name: 'main', image: 'registry.test/app:1', command: ['app'], env: given });
  return connections.map((one) => `  ${JSON.stringify(one)}`);
}

const lines = (file: string) =>
  readFileSync(`test/commands/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

const of = (file: string, shows: (line: string) => string[]): Case[] =>
  lines(file).map((line) => ({ title: line, lines: () => shows(line) }));

/** Each program, and not one whose name only begins or ends so. */
export const programs = (): Case[] =>
  of('programs', (line) => {
    const [first = '', second = '', ...others] = line.split(' ');
    const similar = [`my${first} ${second}`, `${first}x ${second}`, `${first} ${second}x`].map((one) =>
      [one.trimEnd(), ...others].join(' '),
    );
    return [...read(line), ...sameWith(line, (one) => one), ...similar.flatMap(readOther)];
  });

/** Each way to wait with a client. */
export const clients = (): Case[] =>
  of('clients', (line) => {
    const [first = '', ...others] = line.split(' ');
    const similar = [`my${first}`, `${first}x`].map((one) => `until ${[one, ...others].join(' ')}; do sleep 2; done`);
    return [
      ...read(`until ${line}; do sleep 2; done`),
      ...read(line).map((one) => `  once:${one}`),
      ...sameWith(line, (one) => `until ${one}; do sleep 2; done`),
      ...similar.flatMap(readOther),
    ];
  });

/** Variables, and a scheme that only begins or ends as a known one. */
export const variables = (): Case[] =>
  lines('variables').flatMap((line) => {
    const [, scheme] = /^URL=([\w-]+):\/\/h\/x$/.exec(line) ?? [];
    const similar = scheme === undefined ? [] : [`URL=my${scheme}://h/x`, `URL=${scheme}x://h/x`];
    return [line, ...similar].map((one) => ({ title: one, lines: () => named(one) }));
  });

/** Containers as JSON. */
export const containers = (): Case[] =>
  of('containers', (line) => {
    const {
      env: own = {},
      files = {},
      ...given
    } = JSON.parse(line) as Partial<Omit<ContainerCommand, 'env'>> & {
      env?: Record<string, string>;
      files?: Record<string, string>;
    };
    const readFile = (path: string) => files[path];
    const all = new Map<string, string | undefined>([...env, ...Object.entries(own)]);
    return shown(understand({ name: 'main', image: 'registry.test/app:1', readFile, ...given, env: all }), '');
  });

/** What a shell runs. */
export const shell = (): Case[] => of('shell', (line) => run(line.replaceAll('\\n', '\n')));

/** Whole scripts. */
export const scripts = (): Case[] =>
  readFileSync('test/commands/scripts', 'utf8')
    .split(/^---\n/m)
    .map((script) => ({ title: script.trimEnd(), lines: () => [...read(script), ''] }));
