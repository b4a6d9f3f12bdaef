import { unmisled } from './confine/index.ts';
import { withAbsolutePaths } from './helm/index.ts';
import type { LintOptions } from './options.ts';
import type { RenderOptions } from './render/index.ts';

/**
 * What Helm is called with, paths made absolute. Throws `ConfineError` for a values file that leads out of its
 * repository.
 */
export function renderOptionsOf(options: LintOptions): RenderOptions {
  const { cwd, valuesFiles = [], set = [], releaseName = 'release-name', apiVersions = [] } = options;
  return {
    valuesFiles: valuesFiles.map((file) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(file) ? file : unmisled(file, cwd))),
    set: set.map(({ flag, value }) => ({
      flag,
      value: flag === '--set-file' ? withAbsolutePaths(value, (file) => unmisled(file, cwd)) : value,
    })),
    namespace: options.namespace,
    releaseName,
    kubeVersion: options.kubeVersion,
    apiVersions,
    skipSchemaValidation: options.skipSchemaValidation,
    allowNetwork: options.allowNetwork,
  };
}
