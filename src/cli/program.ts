import { Command, Option } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { entry } from '../paths.ts';
import { formats } from '../report/index.ts';
import { safeLine } from '../report/safe.ts';
import { addCommands } from './commands.ts';
import { exit } from './exit.ts';
import {
  collect,
  collectList,
  count,
  oneOf,
  positive,
  reasonText,
  severity,
  shard,
  strength,
} from './option-values.ts';
import type { Flags } from './run.ts';
import { gateOptions, helmOptions, releaseOptions, valuesOptions } from './shared-options.ts';
import { versionLine } from './version.ts';
import { warn } from './say.ts';

/**
 * The names of the commands beside linting. Each is a command as the first word only: behind an option it is a path.
 */
export const commandNames = ['plan', 'init', 'merge-reports', 'rules', 'explain', 'completion', 'lsp'] as const;

/**
 * The command line's grammar: linting is what it does without a command. `done` gets the exit code. `words` are the
 * arguments, which say whether there is a command among them; without them all commands are there.
 */
export function program(done: (code: number) => void, words?: readonly string[]): Command {
  const sets: SetOption[] = [];
  const command = new Command('migrate-lint')
    .description('Finds the migration Jobs and Helm hooks of a chart that would deadlock, fail or be skipped.')
    .argument('[charts...]', 'charts, archives, folders, globs, rendered YAML, - (stdin)')
    .helpCommand(false)
    .enablePositionalOptions();
  valuesOptions(command, sets);
  releaseOptions(command);
  command
    .addOption(new Option('--preset <preset>', 'which rules').choices(['recommended', 'strict', 'all']))
    .option('--rule <id>', 'these rules only (repeatable, or a,b)', collectList, [])
    .option('--ignore <rule>', 'suppress the findings of these rules (repeatable, or a,b)', collectList, [])
    .option('--severity <rule=level>', 'error, warning, info or off for a rule (repeatable)', severity, {})
    .addOption(
      new Option('--dependencies <whose>', 'subcharts to report on; own: not third-party; default: own').choices([
        'all',
        'own',
        'none',
      ]),
    )
    .optionsGroup('Which charts:')
    .option('--changed-since <ref>', 'only what changed since the merge base, which is --from too')
    .option('--files', 'the arguments are changed files; their charts are linted')
    .option('--allow-empty', 'exit 0 where there is no chart to lint')
    .option('--stdin-filename <name>', 'what reports call standard input')
    .option('--explore', 'try the switches of values.yaml, in all combinations of two')
    .addOption(
      new Option('--explore-strength <n>', 'any n of them; --explore=3 is short for both')
        .argParser(strength)
        .implies({ explore: true }),
    )
    .option('--max-renders <count>', 'renders of one chart under --explore (default: 60)', count)
    .option('--jobs <count>', 'charts and scenarios at a time (default: processors)', positive)
    .option('--shard <i/n>', 'the i-th of n parts of the charts (see merge-reports)', shard)
    .option('--cache', 'keep results; lint again only what changed')
    .option('--cache-location <folder>', "where results are kept (default: the user's cache)")
    .option('--watch', 'lint again whenever a chart, its values or its policy changes')
    .optionsGroup('Report:')
    .addOption(new Option('--format <format>', 'report format (repeatable)').choices(formats).argParser(oneOf(formats)))
    .option('-o, --output-file <file>', 'write the report of the --format before it to a file', collect, [])
    .option('--quiet', 'errors only')
    .option('--statistics', 'counts by rule and severity')
    .option('--show-rendered', 'the rendered lines too')
    .option('--verbose', "notes, Helm's own words, and how long it took")
    .option('--timing', 'how long it took')
    .option('--color', 'colour, also --color=auto, --color=always, --color=never')
    .option('--no-color', 'no colour')
    .optionsGroup('Exit code:');
  gateOptions(command)
    .option('--exit-zero', 'exit 0 even with findings')
    .optionsGroup('Fix or suppress:')
    .option('--fix', 'fix what is certain, in place')
    .option('--fix-dry-run', 'print what --fix or --add-disable would change, as a diff')
    .option('--add-disable', 'write a comment above each finding that suppresses it')
    .option('--reason <text>', 'the reason in these comments', reasonText)
    .option('--baseline <file>', 'suppress the findings in this file')
    .option('--baseline-from <ref>', 'read the baseline at this git ref')
    .option('--update-baseline', 'write the findings to the baseline')
    .option('--prune-baseline', 'remove entries that match no finding from the baseline')
    .option('--no-inline-config', 'comments and annotations suppress nothing')
    .option('--report-unused-disable-directives', 'unused comments, annotations and entries are warnings')
    .optionsGroup('Instead of linting:')
    .option('--list-charts', 'print the charts that would be linted')
    .option('--list-files', 'print their files, policies and values')
    .option('--list-scenarios', 'print their scenarios')
    .option('--print-config', 'print the policy of each chart with the origin of each value');
  helmOptions(command)
    .version(versionLine.trim(), '-V, --version', 'print the version; with --verbose, which Helm is used')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ helpWidth: 100, optionDescription })
    .configureOutput({
      outputError: (text, write) =>
        write(
          `migrate-lint: ${safeLine(
            text
              .trim()
              .replace(/^error: /, '')
              .replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?'),
          )}\n`,
        ),
    })
    .addHelpText(
      'after',
      '\nA command is the first word; a chart in a folder of that name is ./rules.\nExit codes: 0 nothing at error, 1 findings, 2 it could not do its job.',
    )
    .action(async (charts: string[], flags: Omit<Flags, 'sets'>) => {
      const named = commandNames.find((name) => charts.includes(name) && !entry(name));
      if (named !== undefined)
        throw new Error(`${named}: no such file or folder; as a command it is the first word: migrate-lint ${named}`);
      if (charts.length === 0 && flags.changedSince === undefined)
        return void (
          warn('migrate-lint: name a chart: migrate-lint CHART (see migrate-lint --help)\n'),
          done(exit.failed)
        );
      const { run } = await import('./run.ts');
      done(await run(charts.length > 0 ? charts : ['.'], { ...flags, sets }));
    });
  if (!words || commandOf(words) !== undefined || words.includes('--help') || words.includes('-h'))
    addCommands(command, done);
  return command;
}

/** What an option does, its choices and its default: on one line, where that is possible. */
function optionDescription({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices?.join(', ') ?? '';
  const fallback = typeof defaultValue === 'string' ? `default: ${defaultValue}` : '';
  const [, text = description, stated = fallback] = /^(.*); (default: .*)$/.exec(description) ?? [];
  const more = [choices, stated].filter(Boolean).join('; ');
  return more === '' ? text : `${text} (${more})`;
}

/** The command that the arguments name, if any. Under --files they are files, whatever they are called. */
export function commandOf(words: readonly string[]): string | undefined {
  return commandNames.find((name) => name === words[0] && !words.includes('--files'));
}
