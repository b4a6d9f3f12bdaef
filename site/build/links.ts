import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Links of built pages that lead nowhere in the site: files that are not there, and headings that their page has not. */
export function deadLinks(folder: string, base: string): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.html'));
  const ids = new Map<string, Set<string>>();
  const idsOf = (file: string) => {
    if (!ids.has(file)) {
      const text = readFileSync(join(folder, file), 'utf8');
      ids.set(file, new Set([...text.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id]) => decoded(id!))));
    }
    return ids.get(file)!;
  };
  return pages.flatMap((page) => {
    const links = [...readFileSync(join(folder, page), 'utf8').matchAll(/ (?:href|src)="([^"]*)"/g)];
    return [...new Set(links.map(([, link]) => decoded(link!)))].flatMap((link) => {
      if (/^(?:[a-z]+:|\/\/)/.test(link)) return [];
      const [path = '', hash] = link.split('#');
      const absolute = path === '' ? `/${page}` : posix.resolve(`/${posix.dirname(page)}`, within(path, base));
      const file = [absolute, `${absolute}.html`, `${absolute}/index.html`]
        .map((one) => one.slice(1))
        .find((one) => existsSync(join(folder, one)) && statSync(join(folder, one)).isFile());
      if (file === undefined) return [`${page}: ${link}`];
      return hash && file.endsWith('.html') && !idsOf(file).has(decodeURIComponent(hash))
        ? [`${page}: ${link} (no such heading)`]
        : [];
    });
  });
}

function within(path: string, base: string): string {
  if (!path.startsWith('/')) return path;
  return path.startsWith(base) ? `/${path.slice(base.length)}` : `/outside of ${base}${path}`;
}

function decoded(text: string): string {
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, digits: string) =>
      String.fromCodePoint(parseInt(digits, hex ? 16 : 10)),
    )
    .replaceAll('&amp;', '&');
}
