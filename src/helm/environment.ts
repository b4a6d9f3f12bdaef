import { devNull } from 'node:os';
import { isAbsolute, join, parse } from 'node:path';
import { home } from '../paths.ts';

/** Environment variables by name. */
export type Environment = Record<string, string | undefined>;

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
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
/** What a run of Helm may use beside the chart. */
export interface HelmAccess {
  /** Helm's plugins, with its settings and credentials: a values file has an address that only a plugin reads. */
  plugins?: boolean;
  /** The network, with Helm's repositories and credentials. */
  network?: boolean;
}

/**
 * Helm's programs read their version from the working directory (asdf, mise), which is the checkout's to say: they
 * start here.
 */
export const neutralFolder = parse(home()).root;

// HELM_DEBUG changes what stdout holds; the HELM_KUBE* ones point at a cluster.
const settings = /^HELM_(?!DEBUG$|KUBE|PLUGINS$|BIN$|DRIVER)\w+$/;
// Helm takes a folder that is missing for an empty one.
const nowhere = join(neutralFolder, 'nonexistent', 'helm');

/**
 * What Helm gets to see of `env`: no cluster and, unless `access` says so, neither plugins nor settings, repositories,
 * credentials or the network. Its folders may lie in the checkout (`XDG_DATA_HOME` in CI), and a plugin there is a
 * program of the checkout's author. Without a kubeconfig the namespace is `default` on every machine (Helm takes it
 * from the current context otherwise) and Helm 3 does not complain about that file's mode on stderr.
 */
export function helmEnvironment(env: Environment, { plugins, network }: HelmAccess = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const asked = (plugins || network) && settings.test(name);
    if (passed.has(name.toUpperCase()) || /^XDG_/.test(name) || asked || (plugins && name === 'HELM_PLUGINS'))
      kept[name] = value;
  }
  kept['KUBECONFIG'] = devNull;
  // An empty list of folders (Helm splits it like PATH): nothing to read, nothing to start.
  if (!plugins) kept['HELM_PLUGINS'] = '';
  if (!plugins && !network) {
    for (const folder of ['CONFIG', 'CACHE', 'DATA']) kept[`HELM_${folder}_HOME`] = nowhere;
    // Go asks these for every address but those of this machine; nothing listens on port 9.
    for (const name of proxies) {
      kept[name] = 'http://127.0.0.1:9';
      kept[name.toLowerCase()] = kept[name];
    }
    delete kept['NO_PROXY'];
    delete kept['no_proxy'];
  }
  return kept;
}

/**
 * Our folder for Helm, charts that were pulled, or results: `$XDG_CACHE_HOME/migrate-lint/helm`, with `~/.cache` where
 * that is unset or not absolute (XDG base directories).
 */
export function cacheFolder(env: Environment, what: 'helm' | 'charts' | 'results'): string {
  const base = env['XDG_CACHE_HOME'];
  const ours = env['HOME'];
  return join(
    base && isAbsolute(base) ? base : join(ours && isAbsolute(ours) ? ours : home(), '.cache'),
    'migrate-lint',
    what,
  );
}

/** Where the managed copy of `version` lies, whether or not it is there. */
export function managedPath(cache: string, version: string): string {
  return join(cache, version, 'helm');
}
