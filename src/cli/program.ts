import { Command, Option } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { entry } from '../paths.ts';
import { formats } from '../report/index.ts';
import { safeLine } from '../report/safe.ts';
import { addCommands } from './commands.ts';
import { exit } from './exit.ts';
import { collect, collectList, count, oneOf, positive, reasonText, severity, strength } from './option-values.ts';
import type { Flags } from './run.ts';
import { helmOptions, releaseOptions, valuesOptions } from './shared-options.ts';
import { versionLine } from './version.ts';
import { warn } from './say.ts';

/** The names of the commands beside linting. Each is a command as the first word only: behind an option it is a path. */
export const commandNames = ['plan', 'init', 'rules', 'explain', 'completion'] as const;

/**
 * The command line's grammar: linting is what it does without a command. `done` gets the exit code. `words` are the arguments, which say
 * whether there is a command among them; without them all commands are there.
 */
export function program(done: (code: number) => void, words?: readonly string[]): Command {
  const sets: SetOption[] = [];
  const command = new Command('migrate-lint')
    .description(
      'Finds the migration Jobs and Helm hooks of a chart that would deadlock, fail or be skipped in the cluster.',
    )
    .argument(
      '[charts...]',
      'chart folders, .tgz archives, folders that hold charts, globs, files of a chart, YAML files of rendered manifests, - for standard input',
      [],
    )
    .helpCommand(false)
    .enablePositionalOptions();
  valuesOptions(command, sets);
  releaseOptions(command.optionsGroup('What is judged:'));
  command
    .addOption(new Option('--preset <preset>', 'which rules').choices(['recommended', 'strict', 'all']))
    .option('--rule <id>', 'these rules only (repeatable, or a,b)', collectList, [])
    .option('--ignore <rule>', 'suppress the findings of these rules (repeatable, or a,b)', collectList, [])
    .option('--severity <rule=level>', 'severity of a rule: error, warning, info or off (repeatable)', severity, {})
    .addOption(
      new Option(
        '--dependencies <whose>',
        'findings in subcharts: all of them, only own ones (no third-party charts), or none (default: own)',
      ).choices(['all', 'own', 'none']),
    )
    .option('--explore', 'try the switches of values.yaml, any two of them in all combinations')
    .addOption(
      new Option('--explore-strength <n>', 'any n of them (2 by default); --explore=N is short for both')
        .argParser(strength)
        .implies({ explore: true }),
    )
    .option('--max-renders <count>', 'renders of one chart under --explore', count, 60)
    .option(
      '--changed-since <ref>',
      'only charts that changed since the merge base with this git ref; --from is that commit unless given',
    )
    .option(
      '--files',
      'the arguments are files that changed: the charts they belong to are linted, other files are passed over',
    )
    .option('--allow-empty', 'exit 0 where there is no chart to lint, or only libraries')
    .option('--stdin-filename <name>', 'the name under which reports show what - reads')
    .option('--jobs <count>', 'charts and scenarios at a time (default: one for each processor)', positive)
    .option('--watch', 'lint again whenever a chart, its values or its policy changes')
    .optionsGroup('Instead of linting:')
    .option('--list-charts', 'print the charts that would be linted')
    .option('--list-files', 'print the files that they consist of, with their policies and values')
    .option('--list-scenarios', 'print the scenarios in which they would be linted')
    .option('--print-config', 'print the policy as it holds for each chart, with where each value comes from')
    .optionsGroup('What is reported:')
    .addOption(
      new Option('--format <format>', 'report format (repeatable, each with its --output-file)')
        .choices(formats)
        .argParser(oneOf(formats)),
    )
    .option('-o, --output-file <file>', 'write the report of the --format before it to a file', collect, [])
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 for findings of this severity or worse')
        .choices(['error', 'warning', 'info'])
        .default('error'),
    )
    .option('--exit-zero', 'exit 0 whatever is found')
    .option('--max-warnings <count>', 'exit 1 with more warnings than this', count)
    .option(
      '--max-suppressed <count>',
      'exit 1 with more findings suppressed or lowered than this, by the charts or their policy',
      count,
    )
    .option('--no-inline-config', 'comments and annotations in charts suppress nothing')
    .option('--statistics', 'count findings by rule and severity instead of listing them')
    .option('--quiet', 'show errors only')
    .option('--show-rendered', 'show the rendered line too')
    .option('--baseline <file>', 'accept the findings in this file')
    .option(
      '--baseline-from <ref>',
      'read the baseline file at this git ref (default: the merge base under --changed-since)',
    )
    .option(
      '--update-baseline',
      'write all findings of these charts to the baseline file; other charts keep their entries',
    )
    .option('--prune-baseline', 'remove entries from the baseline file that match no finding')
    .option('--report-unused-disable-directives', 'unused directives, annotations and baseline entries are warnings')
    .option('--verbose', "Helm's own words, notes, and what took how long")
    .option('--timing', 'say how long it took')
    .option('--color', 'colour even where the output is no terminal (also --color=auto|always|never)')
    .option('--no-color', 'no colour')
    .optionsGroup('Fixes:')
    .option('--fix', 'mend what is certain, in place')
    .option('--fix-dry-run', 'print what --fix would change, as a diff')
    .option('--add-disable', 'write a comment that suppresses each finding above its line, in place')
    .option('--reason <text>', 'the reason in these comments', reasonText);
  helmOptions(command)
    .version(versionLine.trim(), '-V, --version', 'print the version; with --verbose, which Helm is used')
    .showSuggestionAfterError()
    .exitOverride()
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

/** The command that the arguments name, if any. Under --files they are files, whatever they are called. */
export function commandOf(words: readonly string[]): string | undefined {
  return commandNames.find((name) => name === words[0] && !words.includes('--files'));
}
