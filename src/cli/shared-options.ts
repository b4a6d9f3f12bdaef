import { Option, type Command } from 'commander';
import type { SetOption } from '../helm/index.ts';
import { collect, positive } from './option-values.ts';

// The options that `lint` and `plan` have in common: how a chart is rendered, and how its release is played.

/** The options of `helm install`; `sets` gets what --set and its kind say, in their order. */
export function valuesOptions(command: Command, sets: SetOption[]): Command {
  const set = (flag: SetOption['flag']) => (value: string) => (sets.push({ flag, value }), value);
  return command
    .optionsGroup('Helm options:')
    .option('-f, --values <file>', 'values file, - for standard input (repeatable)', collect, [])
    .option('--set <key=value>', 'set values (repeatable)', set('--set'))
    .option('--set-string <key=value>', 'set string values', set('--set-string'))
    .option('--set-file <key=path>', 'set values from files', set('--set-file'))
    .option('--set-json <key=json>', 'set JSON values', set('--set-json'))
    .option('-n, --namespace <name>', 'namespace of the release')
    .option('--release-name <name>', 'name of the release (default: release-name)')
    .option('--kube-version <version>', 'Kubernetes version for Capabilities.KubeVersion')
    .option('-a, --api-versions <version>', 'API version for Capabilities.APIVersions (repeatable)', collect, [])
    .option('--skip-schema-validation', "do not check values against the chart's values.schema.json");
}

/** Which release is played, and by whom. */
export function releaseOptions(command: Command): Command {
  return command
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
    .option('--scenario <name>', "this scenario only, of the policy's or ci/*-values.yaml (repeatable)", collect, [])
    .option('--no-scenarios', 'the values of the command line only')
    .option('--dependency-build', 'run helm dependency build first (writes charts/, may need the network)')
    .option('--plugins', "run the policy's plugins, which are programs, and Helm's for its values")
    .option('--no-plugins', "leave the policy's plugins out")
    .option('--max-scenarios <count>', 'scenarios of one chart (100 by default)', positive)
    .option('--time-limit <seconds>', 'begin no further render after so many seconds (600 by default)', positive);
}

/** The Helm that renders. */
export function helmOptions(command: Command): Command {
  return command
    .optionsGroup('Helm:')
    .option('--helm <path>', 'the Helm program')
    .option('--allow-network', 'Helm may fetch what a $ref of values.schema.json or the values of a policy name')
    .option('--offline', 'never download Helm');
}
