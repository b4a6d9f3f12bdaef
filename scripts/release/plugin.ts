// `plugin.yaml` of the archives: each runs the executable beside it. Installing runs nothing, so there are no hooks.
import { stringify } from 'yaml';
import { programName, type Target } from './targets.ts';

const shortHelp = 'find migration hooks that hang, fail or are skipped';
const longHelp =
  'Renders a chart with this Helm, simulates install and upgrade, and reports the migration Jobs and Helm hooks that cannot succeed, at the line to change.';
export const repository = 'https://github.com/migrate-lint/migrate-lint';

/**
 * The format of Helm 3, which Helm 4 still reads. Helm 3 refuses unknown keys (`yaml.UnmarshalStrict` in its
 * `pkg/plugin`); Helm 4 refuses `command` beside `platformCommand`.
 */
export const helm3Plugin = (version: string, target: Target): string =>
  stringify({
    name: 'migrate-lint',
    version,
    usage: shortHelp,
    description: longHelp,
    command: `$HELM_PLUGIN_DIR/${programName(target)}`,
  });

/** The format of Helm 4 (`apiVersion: v1`), which Helm 3 does not read. */
export const helm4Plugin = (version: string, target: Target): string =>
  stringify({
    apiVersion: 'v1',
    type: 'cli/v1',
    name: 'migrate-lint',
    version,
    runtime: 'subprocess',
    sourceURL: repository,
    config: { usage: 'migrate-lint [flags] CHART...', shortHelp, longHelp, ignoreFlags: false },
    runtimeConfig: { platformCommand: [{ command: `\${HELM_PLUGIN_DIR}/${programName(target)}` }] },
  });

/**
 * What is signed of an archive: its metadata, and its checksum (Helm's `pkg/provenance`). `plugin` is its
 * `plugin.yaml`.
 */
export const provenanceMessage = (plugin: string, filename: string, digest: string): string =>
  `${plugin.trimEnd()}\n\n...\n${stringify({ files: { [filename]: `sha256:${digest}` } })}`;
