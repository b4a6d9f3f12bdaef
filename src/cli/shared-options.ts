import { Option, type Command } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { collect, count, positive } from './option-values.ts';

// The options that `lint` and `plan` have in common: how a chart is rendered, and how its release is played.

/** The options of `helm install`; `sets` gets what --set and its kind say, in their order. */
export function valuesOptions(command: Command, sets: SetOption[]): Command {
  const set = (flag: SetOption['flag']) => (value: string) => (sets.push({ flag, value }), value);
  return command
    .optionsGroup('Values, as for helm:')
    .option('-f, --values <file>', 'values file, - for standard input (repeatable)', collect, [])
    .option('--set <key=value>', 'set values (repeatable)', set('--set'))
    .option('--set-string <key=value>', 'set string values', set('--set-string'))
    .option('--set-file <key=path>', 'set values from files', set('--set-file'))
    .option('--set-json <key=json>', 'set JSON values', set('--set-json'))
    .option('-n, --namespace <name>', 'namespace of the release')
    .option('--release-name <name>', 'name of the release (default: release-name)')
    .option('--kube-version <version>', 'Kubernetes version for Capabilities.KubeVersion')
    .option('-a, --api-versions <version>', 'API version for Capabilities.APIVersions (repeatable)', collect, [])
    .option('--skip-schema-validation', 'do not check values against values.schema.json')
    .option('--dependency-build', 'run helm dependency build first (writes charts/)');
}

/** Which release is played, and by whom. */
export function releaseOptions(command: Command): Command {
  return command
    .optionsGroup('How it is deployed:')
    .addOption(new Option('--action <action>', 'what to judge').choices(['install', 'upgrade', 'both']).default('both'))
    .option('--from <revision>', 'the last revision: a chart, rendered YAML, or a git commit')
    .addOption(
      new Option('--engine <engine>', 'what deploys the chart; default: helm').choices(['helm', 'argocd', 'flux']),
    )
    .addOption(
      new Option('--helm-version <version>', 'the Helm that deploys; default: the one found').choices([
        '3',
        '4',
        'any',
      ]),
    )
    .option('--wait', 'as deployed with --wait: workloads must become ready')
    .option('--atomic', 'as deployed with --atomic (Helm 3), which implies --wait')
    .option('--rollback-on-failure', 'the same in Helm 4')
    .option('--scenario <name>', "this scenario only: the policy's, or ci/NAME (repeatable)", collect, [])
    .option('--no-scenarios', 'lint once, with the values of the command line only')
    .addOption(
      new Option('--deployments <which>', 'charts as Git says they are deployed; default: auto').choices([
        'auto',
        'none',
        'only',
      ]),
    )
    .option('--pull', 'helm pull the charts of deployments that are not here')
    .option('--max-scenarios <count>', 'at most this many scenarios per chart (default: 100)', positive)
    .option('--time-limit <seconds>', 'start no render after this many seconds (default: 600)', positive)
    .optionsGroup('Policy:')
    .option('--config <file>', 'policy file (default: .migrate-lint.yaml, from the chart up)')
    .option('--no-config', 'no policy file')
    .option('--policy-from <ref>', 'read the policy and its plugins at this git ref')
    .option('--plugins', "run the policy's plugins, and Helm's for its values")
    .option('--no-plugins', "leave the policy's plugins out");
}

/** The Helm that renders. */
export function helmOptions(command: Command): Command {
  return command
    .optionsGroup('Helm:')
    .option('--helm <path>', 'the Helm program')
    .option('--offline', 'never download Helm')
    .option('--allow-network', 'Helm may fetch schemas and values');
}

/** What a run or its merged reports fail for. */
export function gateOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 on findings of this severity or worse')
        .choices(['error', 'warning', 'info'])
        .default('error'),
    )
    .option('--max-warnings <count>', 'exit 1 if there are more warnings than this', count)
    .option('--max-suppressed <count>', 'exit 1 if charts or policy suppress more findings than this', count);
}
