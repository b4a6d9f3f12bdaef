// docs/cli.md is what the command line says of itself, and --help fits on two screens.
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { program } from '../src/cli/program.ts';

const root = program(() => undefined);

it('docs/cli.md names every command and option', async () => {
  await expect(reference()).toMatchFileSnapshot('../docs/cli.md');
});

it('--help fits on two screens of 60 lines and 100 columns', () => {
  const lines = root.helpInformation().split('\n');
  expect(lines.length).toBeLessThanOrEqual(120);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

function reference(): string {
  return [
    '# Command line',
    '',
    '<!-- Generated from the option table: npm run docs. -->',
    '',
    'A command is the first word; anything else is a chart to lint. Paths of charts that have the name of a command are written `./rules`.',
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    '| 0 | no error (see `--fail-on`) |',
    '| 1 | findings that fail the run |',
    '| 2 | it could not do its job: bad arguments, a chart that does not render, nothing to lint |',
    '',
    ...page(root, 2),
    ...root.commands.flatMap((command) => [...page(command, 2)]),
  ].join('\n');
}

function page(command: Command, level: number): string[] {
  const help = command.createHelp();
  const groups = new Map<string, string[]>();
  for (const option of help.visibleOptions(command)) {
    const group = option.helpGroupHeading ?? 'Options:';
    const rows = groups.get(group) ?? [];
    groups.set(group, [...rows, `| \`${cell(option.flags)}\` | ${cell(help.optionDescription(option))} |`]);
  }
  const usage = help.commandUsage(command);
  return [
    `${'#'.repeat(level)} ${command === root ? 'Lint' : command.name()}`,
    '',
    `\`${usage}\`: ${command.description()}`,
    '',
    ...[...groups].flatMap(([group, rows]) => [
      `${'#'.repeat(level + 1)} ${command === root ? '' : `${command.name()}: `}${group
        .replace(/:$/, '')
        .toLowerCase()
        .replace(/^./, (first) => first.toUpperCase())}`,
      '',
      '| option | meaning |',
      '| --- | --- |',
      ...rows,
      '',
    ]),
  ];
}

const cell = (text: string) => text.replaceAll('|', '\\|');
