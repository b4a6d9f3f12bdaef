import { createHash } from 'node:crypto';
import { defineConfig } from 'vitepress';
import { rules } from '../../rules/index.ts';
import { furtherChecks } from '../../src/suppress/checks.ts';

const repository = 'https://github.com/migrate-lint/migrate-lint';
const ruleIds = [...rules, ...furtherChecks].map(({ id }) => id).sort();
const page = (text: string, link: string) => ({ text, link });

/** Scripts of the site only: not even a fault of a page could run or load what a manifest holds. */
function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)(?![^>]*application\/json)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = inline.map(([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src 'self' ${[...new Set(hashes)].join(' ')}`,
    // The editor, and the places in the picture.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

export default defineConfig({
  lang: 'en',
  title: 'migrate-lint',
  description: 'Finds Helm migration hooks that will hang, fail, or be silently skipped, before you deploy.',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '../node_modules/.cache/migrate-lint/vitepress',
  lastUpdated: false,
  // What a page needs is on the site: no fonts, scripts or pictures from elsewhere.
  head: [
    ['meta', { name: 'referrer', content: 'no-referrer' }],
    ['link', { rel: 'icon', href: 'data:,' }],
  ],
  transformHtml: (html) =>
    html.replace(
      '<meta charset="utf-8">',
      (charset) => `${charset}<meta http-equiv="Content-Security-Policy" content="${policyOf(html)}">`,
    ),
  markdown: {
    config(md) {
      // Actions of Go templates are text, not expressions of Vue.
      md.renderer.rules['code_inline'] = (tokens, index) =>
        `<code v-pre>${md.utils.escapeHtml(tokens[index]!.content)}</code>`;
    },
  },
  vite: {
    configFile: false,
    // The playground loads the linter out of src/.
    server: { fs: { allow: ['..'] } },
    worker: { format: 'es' },
    build: { chunkSizeWarningLimit: 1000 },
  },
  themeConfig: {
    nav: [
      page('Guide', '/tutorial'),
      page('Rules', '/rules/'),
      page('Playground', '/playground'),
      page('Changelog', '/changelog'),
    ],
    sidebar: {
      '/rules/': [{ text: 'Rules', link: '/rules/', items: ruleIds.map((id) => page(id, `/rules/${id}`)) }],
      '/': [
        {
          text: 'Start',
          items: [
            page('Install', '/install'),
            page('From a chart to a gate', '/tutorial'),
            page('How-to guides', '/how-to'),
            page('Playground', '/playground'),
          ],
        },
        {
          text: 'Use',
          items: [
            page('GitOps', '/gitops'),
            page('The plan of a rollout', '/plan'),
            page('Policy', '/policy'),
            page('Editors', '/editors'),
            page('CI', '/integrations'),
            page('Library', '/library'),
          ],
        },
        {
          text: 'Reference',
          items: [
            page('Rules', '/rules/'),
            page('Command line', '/cli'),
            page('Policy file', '/policy-reference'),
            page('Versions', '/versioning'),
            page('Changelog', '/changelog'),
          ],
        },
        {
          text: 'How it works',
          items: [
            page('Simulation', '/how-it-works'),
            page('Proof', '/proof'),
            page('Security', '/security'),
            page('Robustness', '/robustness'),
            page('Performance', '/performance'),
            page('Sources', '/claims'),
          ],
        },
      ],
    },
    outline: [2, 3],
    search: { provider: 'local', options: { detailedView: true } },
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'Repository' }],
    editLink: undefined,
    docFooter: { prev: false, next: false },
  },
});
