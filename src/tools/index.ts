import type { Command, Script } from '../shell/index.ts';
import { parseArgv } from '../shell/index.ts';
import { baseName, imageName, lineOf, startsAt } from './argv.ts';
import { findConnections } from './connections.ts';
import { expandAll } from './expand.ts';
import type { Awaited } from './kubernetes.ts';
import { entrypointWaits, waitForResource } from './kubernetes.ts';
import { findMigrations } from './migrations.ts';
import type { ContainerCommand, Understanding, Wait, Written } from './understanding.ts';
import { findDatabaseWaits, findWaits } from './waits.ts';

export { expandReferences } from './expand.ts';
export { isKubectl } from './kubernetes.ts';
export type { Connection, ContainerCommand, Migration, Understanding, Wait, Written } from './understanding.ts';

/** Reads a container's command: what it waits for, what it migrates, whom it talks to. */
export function understand(c: ContainerCommand): Understanding {
  const { waiting, argv, env, place, ...found } = knownReading(c);
  const isEntrypoint = found.waits.some((wait) => wait.tool === 'kubernetes-entrypoint');
  const migrations = isEntrypoint ? [] : findMigrations({ ...c, env }, found.commands, waiting, argv, place);
  return { ...found, migrations };
}

/** What is read of a container's command, whatever its name and that of its workload are. */
interface Reading extends Omit<Understanding, 'migrations'> {
  /** The commands that wait. */
  waiting: ReadonlySet<Command>;
  /** `command` and `args`, with the variables in them expanded. */
  argv: readonly string[];
  env: ContainerCommand['env'];
  place: (found: Command) => Written;
}

/** A chart repeats its init containers in each of its workloads: each is read once. */
const readings = new Map<string, Reading>();
const mostReadings = 1_000;

function knownReading(c: ContainerCommand): Reading {
  const key = JSON.stringify([c.image, c.command, c.args, [...c.env]]);
  const known = readings.get(key);
  if (known) return known;
  let mounted = false;
  // What is kept must not hold on to the chart.
  let { readFile } = c;
  const reading = readingOf({
    ...c,
    ...(readFile && {
      readFile: (path: string) => {
        mounted = true;
        return readFile?.(path);
      },
    }),
  });
  readFile = undefined;
  // Of a mounted file another container of the same command may have another one.
  if (mounted) return reading;
  if (readings.size >= mostReadings) readings.clear();
  readings.set(key, reading);
  return reading;
}

function readingOf(c: ContainerCommand): Reading {
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
  const place = (found: Command): Written => writtenIn(c, found);
  const variable =
    (found: Command) =>
    (name: string): string | undefined =>
      Object.hasOwn(found.env, name) ? found.env[name] : env.get(name);
  const found = findWaits(container, commands, place, variable);
  const waiting = new Set(found.map((each) => each.command));
  const waits = found.map((each) => each.wait);
  const waitsAt = (awaited: Awaited, written: Written, text: string): void => {
    for (const target of awaited.targets)
      waits.push({ tool: awaited.tool, bounded: awaited.bounded, ...written, text, ...target } as Wait);
  };
  const resource = commands
    .map((each) => ({ each, awaited: waitForResource(each.argv, c.image) }))
    .find(({ awaited }) => awaited);
  if (resource?.awaited) {
    waitsAt(resource.awaited, place(resource.each), lineOf(resource.each));
    waiting.add(resource.each);
  }
  for (const { name, awaited } of entrypointWaits(container, argv))
    waitsAt(awaited, { at: ['env', name] }, `${name}=${env.get(name) ?? ''}`);
  const connections = findConnections(env, commands, waiting, place, variable);
  for (const { wait, command: from } of findDatabaseWaits(container, commands, connections, place)) {
    waits.push(wait);
    waiting.add(from);
  }
  return { commands, waits, connections, waiting, argv, env, place, ...(reading.cut && { cut: true as const }) };
}

/** `retry_while "CMD" 12 5` and its like repeat a command given as text or as a function's name. */
function repeated(argv: readonly string[]): { words: string[]; bounded: boolean; seconds?: number } | undefined {
  if (!/^(retry_while|retry_until|wait_until)$/.test(argv[0] ?? '') || !argv[1]) return undefined;
  const words = argv[1].trim().split(/\s+/);
  const [times, pause] = [Number(argv[2] ?? 12), Number(argv[3] ?? 5)];
  return { words, bounded: true, ...(times * pause > 0 && { seconds: times * pause }) };
}

const idle = new Set(['echo', 'printf', 'set', 'export', 'date', 'cd', ':']);

/** Whether a command says or sets something, and ends at once. */
export function endsAtOnce({ argv: [program = ''] }: Pick<Command, 'argv'>): boolean {
  return idle.has(program);
}

/** The script that a container gives to a shell (`sh -c TEXT`), and where it is. */
export function scriptIn({
  command = [],
  args = [],
}: {
  command?: readonly string[];
  args?: readonly string[];
}): { at: ['command' | 'args', number]; text: string } | undefined {
  const words = [
    ...command.map((text, index) => ({ at: ['command', index] as ['command', number], text })),
    ...args.map((text, index) => ({ at: ['args', index] as ['args', number], text })),
  ];
  const shell = words.findIndex(({ text }) => /(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(text));
  const flag = shell === -1 ? -1 : words.findIndex(({ text }, index) => index > shell && /^-\w*c$/.test(text));
  return flag === -1 ? undefined : words[flag + 1];
}

/** The line of an offset in a text of several lines, from 0; nothing for a text of one line. */
export function rowAt(text: string, offset: number): { row?: number } {
  return text.includes('\n') ? { row: text.slice(0, offset).split('\n').length - 1 } : {};
}

/** Where a command is written in its container. */
export function writtenIn(
  { command, args }: { command?: readonly string[]; args?: readonly string[] },
  { script: { origin, index = 0, text }, start }: Command,
): Written {
  if (origin === 'file') return { at: command?.length ? ['command', 0] : ['args', 0] };
  const whole = (origin === 'command' ? command : args)?.[index];
  // Of a script within a script, or one that references change, the line is not known.
  return { at: [origin, index], ...(text === whole && rowAt(text, start)) };
}
