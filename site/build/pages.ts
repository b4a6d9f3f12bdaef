// The pages of the site out of docs/, which stay as they are: readable on GitHub.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { repository } from './repository.ts';
import { withTabs } from './tabs.ts';

/** A page of the site: its path below the root, and its Markdown. */
export interface SitePage {
  path: string;
  text: string;
  /** The file of the repository that it is made from. */
  source: string;
}

/** Files of the repository that are pages, by their path in the site. */
function sources(): Map<string, string> {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.md') && file !== 'README.md');
  return new Map([
    ...docs.map((file) => [`docs/${file}`, file.replace(/README\.md$/, 'index.md')] as const),
    ['CHANGELOG.md', 'changelog.md'],
  ]);
}

/** Further names for pages: what a link on GitHub leads to. */
const aliases: Readonly<Record<string, string>> = {
  'docs/rules': 'docs/rules/README.md',
  'docs/README.md': 'README.md',
};

/** All pages but the start page and the playground. Throws where a link leads nowhere. */
export function docPages(): SitePage[] {
  const all = sources();
  return [...all].map(([source, path]) => {
    const text = outsideOfCode(readFileSync(source, 'utf8'), (part) => relinked(part, source, all));
    return { path, source, text: source.startsWith('docs/rules/') ? withTabs(text) : text };
  });
}

/** A text whose parts outside of fenced code are changed. */
export function outsideOfCode(text: string, change: (part: string) => string): string {
  return text
    .split(/^(```.*\n[\s\S]*?^```$)/m)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('');
}

/** Links to pages lead to pages of the site, links to other files to the repository. */
function relinked(text: string, source: string, all: ReadonlyMap<string, string>): string {
  const page = all.get(source)!;
  return text.replace(/\]\(([^)\s]+)\)/g, (whole, link: string) => {
    if (/^(?:[a-z]+:|#)/.test(link)) return whole;
    const [path = '', anchor] = link.split('#');
    const file = posix.join(posix.dirname(source), path).replace(/\/$/, '');
    const target = aliases[file] ?? file;
    const hash = anchor === undefined ? '' : `#${anchor}`;
    if (target === 'README.md') return `](${posix.relative(posix.dirname(page), 'index.md')}${hash})`;
    const known = all.get(target);
    if (known !== undefined) return `](${dotted(posix.relative(posix.dirname(page), known))}${hash})`;
    if (!existsSync(target)) throw new Error(`${source} links to ${link}, which is not in the repository`);
    const kind = statSync(target).isDirectory() ? 'tree' : 'blob';
    return `](${repository}/${kind}/main/${target}${hash})`;
  });
}

const dotted = (path: string) => (path.startsWith('.') ? path : `./${path}`);
