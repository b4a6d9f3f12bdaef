import { Command, InvalidArgumentError, Option } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { exit } from './main.ts';
import { run, type Flags } from './run.ts';
import { version } from './version.ts';

/** The command line's grammar. `done` is told the exit code. */
export function program(done: (code: number) => void): Command {
  const sets: SetOption[] = [];
  const collect = (value: string, before: string[]) => [...before, value];
  const set = (flag: SetOption['flag']) => (value: string) => (sets.push({ flag, value }), value);
  const command = new Command('migrate-lint')
    .description('Finds the migration Jobs and Helm hooks of a chart that would deadlock, fail or be skipped in the cluster.')
    .argument('[charts...]', 'chart folders, .tgz archives, folders that hold charts, globs, YAML files of rendered manifests, - for standard input', [])
    .option('-f, --values <file>', 'values file, as for helm (repeatable)', collect, [])
    .option('--set <key=value>', 'set values, as for helm (repeatable)', set('--set'))
    .option('--set-string <key=value>', 'set string values', set('--set-string'))
    .option('--set-file <key=path>', 'set values from files', set('--set-file'))
    .option('--set-json <key=json>', 'set JSON values', set('--set-json'))
    .option('-n, --namespace <name>', 'namespace of the release')
    .option('--release-name <name>', 'name of the release', 'release-name')
    .option('--kube-version <version>', 'Kubernetes version for Capabilities.KubeVersion')
    .option('-a, --api-versions <version>', 'Kubernetes API version for Capabilities.APIVersions (repeatable)', collect, [])
    .option('--skip-schema-validation', 'do not check values against the chart\'s values.schema.json')
    .addOption(new Option('--action <action>', 'check this action only').choices(['install', 'upgrade', 'both']).default('both'))
    .option('--from <revision>', 'the last revision: a chart folder, an archive, rendered YAML, or a git commit')
    .addOption(new Option('--engine <engine>', 'who applies the release').choices(['helm', 'argocd', 'flux']).default('helm'))
    .option('--wait', 'the release is installed with --wait')
    .option('--atomic', 'the release is installed with --atomic (Helm 3)')
    .option('--rollback-on-failure', 'the release is installed with --rollback-on-failure (Helm 4)')
    .addOption(new Option('--format <format>', 'report format').choices(['stylish', 'json']).default('stylish'))
    .option('--max-warnings <count>', 'exit 1 with more warnings than this', count)
    .option('--helm <path>', 'the Helm program')
    .option('--offline', 'never download Helm')
    .option('--color', 'colour even where the output is no terminal')
    .option('--no-color', 'no colour')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`migrate-lint: ${text.replace(/^error: /, '')}`) })
    .action(async (charts: string[], flags: Omit<Flags, 'sets'>) => {
      if (charts.length === 0) return void (process.stderr.write('migrate-lint: name a chart: migrate-lint CHART (see migrate-lint --help)\n'), done(exit.failed));
      done(await run(charts, { ...flags, sets }));
    });
  return command;
}

function count(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('It is a whole number.');
  return number;
}
