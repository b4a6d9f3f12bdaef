/**
 * An address as it may be shown: without user, password, query and fragment, which hold tokens. What is no address is
 * shown up to the first character that no address has.
 */
export function withoutCredentials(url: string): string {
  const short = url.slice(0, 500).replace(/[\s\x00-\x1f\x7f].*$/s, '');
  const [, scheme = '', rest = ''] = /^((?:[a-z][a-z0-9+.-]*::)?[a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(short)!;
  const path = rest.replace(/[?#].*$/s, '');
  const slash = path.search(/\//);
  const host = slash === -1 ? path : path.slice(0, slash);
  return scheme + host.slice(host.lastIndexOf('@') + 1) + (slash === -1 ? '' : path.slice(slash));
}

/**
 * The same for every spelling of a Git repository's address: `git@github.com:acme/shop.git`,
 * `ssh://git@github.com/acme/shop` and `https://github.com/acme/shop.git` are `github.com/acme/shop`. As Argo CD
 * compares them (`util/git/git.go`, `NormalizeGitURL`), without the scheme.
 */
export function normalizedRepository(url: string): string {
  return withoutCredentials(url.trim())
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/^([^/:]+):(?=[^/])(\d+\/)?/, '$1/')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase();
}
