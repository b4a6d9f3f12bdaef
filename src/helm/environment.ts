import { devNull, homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Environment variables by name. */
export type Environment = Record<string, string | undefined>;

const passed = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'TMP',
  'TEMP',
  'LANG',
  'LC_ALL',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'SYSTEMROOT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'COMSPEC',
]);
// HELM_DEBUG changes what stdout holds; the HELM_KUBE* ones point at a cluster.
const ours = /^(?:XDG_\w+|HELM_(?!DEBUG$|KUBE|PLUGINS$|BIN$|DRIVER)\w+)$/;

/**
 * What Helm gets to see of `env`: no cluster and, unless `plugins`, no plugins.
 * Without a kubeconfig the namespace is `default` on every machine (Helm takes it from the current context otherwise)
 * and Helm 3 does not complain about that file's mode on stderr.
 */
export function helmEnvironment(env: Environment, plugins = false): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (passed.has(name.toUpperCase()) || ours.test(name) || (plugins && name === 'HELM_PLUGINS')) kept[name] = value;
  }
  kept['KUBECONFIG'] = devNull;
  // An empty list of folders (Helm splits it like PATH): nothing to read, nothing to start.
  if (!plugins) kept['HELM_PLUGINS'] = '';
  return kept;
}

/** Our folder for Helm: `$XDG_CACHE_HOME/migrate-lint/helm`, with `~/.cache` where that is unset or not absolute (XDG base directories). */
export function cacheFolder(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  const home = env['HOME'];
  return join(
    base && isAbsolute(base) ? base : join(home && isAbsolute(home) ? home : homedir(), '.cache'),
    'migrate-lint',
    'helm',
  );
}

/** Where the managed copy of `version` lies, whether or not it is there. */
export function managedPath(cache: string, version: string): string {
  return join(cache, version, 'helm');
}
