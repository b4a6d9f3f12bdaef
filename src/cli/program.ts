import { Command, InvalidArgumentError, Option } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { formats } from '../report/index.ts';
import { safeLine } from '../report/safe.ts';
import type { Severity } from '../rule.ts';
import { exit } from './main.ts';
import type { Flags } from './run.ts';
import { versionLine } from './version.ts';
import { warn } from './say.ts';

/** The command line's grammar. `done` is told the exit code. */
export function program(done: (code: number) => void): Command {
  const sets: SetOption[] = [];
  const collect = (value: string, before: string[]) => [...before, value];
  const collectList = (value: string, before: string[]) => [...before, ...value.split(',').filter(Boolean)];
  const set = (flag: SetOption['flag']) => (value: string) => (sets.push({ flag, value }), value);
  const command = new Command('migrate-lint')
    .description(
      'Finds the migration Jobs and Helm hooks of a chart that would deadlock, fail or be skipped in the cluster.',
    )
    .argument(
      '[charts...]',
      'chart folders, .tgz archives, folders that hold charts, globs, files of a chart, YAML files of rendered manifests, - for standard input',
      [],
    )
    .optionsGroup('As for helm:')
    .option('-f, --values <file>', 'values file (repeatable)', collect, [])
    .option('--set <key=value>', 'set values (repeatable)', set('--set'))
    .option('--set-string <key=value>', 'set string values', set('--set-string'))
    .option('--set-file <key=path>', 'set values from files', set('--set-file'))
    .option('--set-json <key=json>', 'set JSON values', set('--set-json'))
    .option('-n, --namespace <name>', 'namespace of the release')
    .option('--release-name <name>', 'name of the release (default: release-name)')
    .option('--kube-version <version>', 'Kubernetes version for Capabilities.KubeVersion')
    .option('-a, --api-versions <version>', 'API version for Capabilities.APIVersions (repeatable)', collect, [])
    .option('--skip-schema-validation', "do not check values against the chart's values.schema.json")
    .optionsGroup('What is judged:')
    .addOption(
      new Option('--action <action>', 'this action only').choices(['install', 'upgrade', 'both']).default('both'),
    )
    .option('--from <revision>', 'the last revision: a chart folder, an archive, rendered YAML, or a git commit')
    .addOption(
      new Option('--engine <engine>', 'who applies the release (default: helm)').choices(['helm', 'argocd', 'flux']),
    )
    .addOption(
      new Option(
        '--helm-version <version>',
        'the Helm that installs the chart (default: the one that is found)',
      ).choices(['3', '4', 'any']),
    )
    .option('--wait', 'the release is installed with --wait')
    .option('--atomic', 'the release is installed with --atomic (Helm 3)')
    .option('--rollback-on-failure', 'the release is installed with --rollback-on-failure (Helm 4)')
    .option('--config <file>', 'policy file (default: .migrate-lint.yaml, upwards from the chart)')
    .option('--no-config', 'no policy file')
    .option(
      '--policy-from <ref>',
      'read the policy, and its plugins, at this git ref (default: the merge base under --changed-since)',
    )
    .addOption(new Option('--preset <preset>', 'which rules').choices(['recommended', 'strict', 'all']))
    .option('--rule <id>', 'these rules only (repeatable, or a,b)', collectList, [])
    .option('--ignore <rule>', 'suppress the findings of these rules (repeatable, or a,b)', collectList, [])
    .option('--severity <rule=level>', 'severity of a rule: error, warning, info or off (repeatable)', severity, {})
    .option('--scenario <name>', "this scenario only, of the policy's or ci/*-values.yaml (repeatable)", collect, [])
    .option('--no-scenarios', 'the values of the command line only')
    .addOption(
      new Option(
        '--dependencies <whose>',
        'findings in subcharts: all of them, only own ones (no third-party charts), or none (default: own)',
      ).choices(['all', 'own', 'none']),
    )
    .option('--dependency-build', 'run helm dependency build first (writes charts/, may need the network)')
    .option('--plugins', "run the policy's plugins, which are programs, and Helm's for its values")
    .option('--no-plugins', "leave the policy's plugins out")
    .option('--explore', 'try the switches of values.yaml, any two of them in all combinations')
    .addOption(
      new Option('--explore-strength <n>', 'any n of them (2 by default); --explore=N is short for both')
        .argParser(strength)
        .implies({ explore: true }),
    )
    .option('--max-renders <count>', 'renders of one chart under --explore', count, 60)
    .option('--max-scenarios <count>', 'scenarios of one chart (100 by default)', positive)
    .option('--time-limit <seconds>', 'begin no further render after so many seconds (600 by default)', positive)
    .option(
      '--changed-since <ref>',
      'only charts that changed since the merge base with this git ref; --from is that commit unless given',
    )
    .option(
      '--files',
      'the arguments are files that changed: the charts they belong to are linted, other files are passed over',
    )
    .option('--allow-empty', 'exit 0 where there is no chart to lint, or only libraries')
    .optionsGroup('What is reported:')
    .addOption(
      new Option('--format <format>', 'report format (repeatable, each with its --output-file)')
        .choices(formats)
        .argParser(formatList),
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
    .option('--color', 'colour even where the output is no terminal')
    .option('--no-color', 'no colour')
    .optionsGroup('Fixes:')
    .option('--fix', 'mend what is certain, in place')
    .option('--fix-dry-run', 'print what --fix would change, as a diff')
    .optionsGroup('Helm:')
    .option('--helm <path>', 'the Helm program')
    .option('--allow-network', 'Helm may fetch what a $ref of values.schema.json or the values of a policy name')
    .option('--offline', 'never download Helm')
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
      '\nOther commands: init, rules, explain RULE, completion bash|zsh|fish. A chart in a folder of such a name is ./rules.\nExit codes: 0 nothing at error, 1 findings, 2 it could not do its job.',
    )
    .action(async (charts: string[], flags: Omit<Flags, 'sets'>) => {
      if (charts.length === 0 && flags.changedSince === undefined)
        return void (
          warn('migrate-lint: name a chart: migrate-lint CHART (see migrate-lint --help)\n'),
          done(exit.failed)
        );
      const { run } = await import('./run.ts');
      done(await run(charts.length > 0 ? charts : ['.'], { ...flags, sets }));
    });
  return command;
}

const formatList = (value: string, before: string[] | undefined): string[] => {
  if (!(formats as readonly string[]).includes(value))
    throw new InvalidArgumentError(`Allowed choices are ${formats.join(', ')}.`);
  return [...(before ?? []), value];
};

function strength(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 6)
    throw new InvalidArgumentError('It is a whole number from 1 to 6.');
  return number;
}

function positive(value: string): number {
  const number = count(value);
  if (number === 0) throw new InvalidArgumentError('It is at least 1.');
  return number;
}

type Level = Severity | 'off';

/** `RULE=LEVEL`. */
function severity(value: string, before: Record<string, Level>): Record<string, Level> {
  const [, rule, level] = /^([^=]+)=(error|warning|info|off)$/.exec(value) ?? [];
  if (rule === undefined) throw new InvalidArgumentError('Write RULE=error, RULE=warning, RULE=info or RULE=off.');
  return { ...before, [rule]: level as Level };
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It is a whole number.');
  return number;
}
