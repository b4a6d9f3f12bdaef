import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SetOption } from '../helm/index.ts';
import type { LintOptions } from '../options.ts';
import { warn } from './say.ts';

/** The options that say how charts are rendered and their releases played, as commander parsed them. */
export interface RenderFlags {
  values: string[];
  /** The values files as they were written, where one of them is standard input. */
  given?: string[];
  sets: SetOption[];
  namespace?: string;
  releaseName?: string;
  kubeVersion?: string;
  apiVersions: string[];
  skipSchemaValidation?: boolean;
  allowNetwork?: boolean;
  action: 'install' | 'upgrade' | 'both';
  from?: string;
  engine?: 'helm' | 'argocd' | 'flux';
  helmVersion?: '3' | '4' | 'any';
  wait?: boolean;
  atomic?: boolean;
  rollbackOnFailure?: boolean;
  config?: string | boolean;
  policyFrom?: string;
  scenario: string[];
  scenarios: boolean;
  deployments?: 'auto' | 'none' | 'only';
  pull?: boolean;
  dependencyBuild?: boolean;
  plugins?: boolean;
  maxScenarios?: number;
  timeLimit?: number;
  helm?: string;
  offline?: boolean;
}

/** What they mean to the linter. */
export function optionsOf(charts: string[], flags: RenderFlags): LintOptions {
  return {
    paths: charts,
    cwd: process.cwd(),
    env: process.env,
    readStdin,
    helm: flags.helm,
    offline: flags.offline,
    onDownload: (message) => warn(`${message}\n`),
    // Helm reads a comma-separated list there.
    valuesFiles: flags.values.flatMap((value) => value.split(',')),
    set: flags.sets,
    namespace: flags.namespace ?? namespaceOfHelm(process.env),
    releaseName: flags.releaseName,
    kubeVersion: flags.kubeVersion,
    apiVersions: flags.apiVersions,
    skipSchemaValidation: flags.skipSchemaValidation,
    allowNetwork: flags.allowNetwork,
    actions: flags.action === 'both' ? ['install', 'upgrade'] : [flags.action],
    from: flags.from,
    engine: flags.engine,
    helmVersion: flags.helmVersion,
    wait: flags.wait || flags.atomic || flags.rollbackOnFailure,
    config: flags.config === false ? false : typeof flags.config === 'string' ? flags.config : undefined,
    policyFrom: flags.policyFrom,
    scenarios: flags.scenarios ? flags.scenario : false,
    deployments: flags.deployments,
    pull: flags.pull,
    maxScenarios: flags.maxScenarios,
    timeLimit: flags.timeLimit,
    dependencyBuild: flags.dependencyBuild,
    plugins: flags.plugins,
  };
}

/**
 * The namespace of `helm migrate-lint -n NAME`: Helm takes this option from the arguments of its plugins and hands it
 * down in a variable (`manuallyProcessArgs` in its `pkg/cmd`).
 */
function namespaceOfHelm(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env['HELM_PLUGIN_NAME'] === 'migrate-lint' ? env['HELM_NAMESPACE'] : undefined;
}

/** Does `work` with the values of `-f -` in a file: Helm is called more than once, and standard input is read once. */
export async function withValuesFromStdin<Flags extends RenderFlags>(
  charts: readonly string[],
  flags: Flags,
  work: (flags: Flags) => Promise<number>,
): Promise<number> {
  if (!flags.values.includes('-')) return work(flags);
  if (charts.includes('-')) throw new Error('standard input is either the manifests (-) or the values (-f -)');
  const { temporaryFolder } = await import('../helm/index.ts');
  const folder = temporaryFolder();
  try {
    const file = join(folder.path, 'values.yaml');
    writeFileSync(file, await readStdin());
    return await work({
      ...flags,
      given: flags.values,
      values: flags.values.map((value) => (value === '-' ? file : value)),
    });
  } finally {
    folder.remove();
  }
}

/** `migrate-lint plan` with the options that decide what is rolled out. */
export function planCommand(flags: RenderFlags): string {
  const words = [
    ...(flags.given ?? flags.values).flatMap((file) => ['-f', file]),
    ...flags.sets.flatMap(({ flag, value }) => [flag, value]),
    ...(flags.namespace === undefined ? [] : ['-n', flags.namespace]),
    ...(flags.releaseName === undefined ? [] : ['--release-name', flags.releaseName]),
    ...(flags.from === undefined ? [] : ['--from', flags.from]),
    ...(flags.engine === undefined ? [] : ['--engine', flags.engine]),
    ...(flags.wait || flags.atomic || flags.rollbackOnFailure ? ['--wait'] : []),
    ...flags.scenario.flatMap((name) => ['--scenario', name]),
    ...(flags.scenarios ? [] : ['--no-scenarios']),
    ...(flags.deployments === undefined ? [] : ['--deployments', flags.deployments]),
    ...(flags.pull ? ['--pull'] : []),
  ];
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['migrate-lint plan', ...quoted].join(' ');
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 65 * 1024 * 1024) break;
  }
  return Buffer.concat(chunks);
}
