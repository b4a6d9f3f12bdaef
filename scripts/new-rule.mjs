// Starts a rule: npm run new-rule ID
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const id = process.argv[2] ?? '';
if (!/^[a-z]+(-[a-z]+)*$/.test(id)) {
  process.stderr.write(
    'usage: npm run new-rule ID   (kebab-case, the subject or defect in the words of Helm and Kubernetes)\n',
  );
  process.exit(2);
}
const name = (rule) => rule.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
writeFileSync(
  `rules/${id}.ts`,
  `import { defineRule } from '../src/rule.ts';

export const ${name(id)} = defineRule({
  id: '${id}',
  title: '',
  severity: 'warning',
  preset: 'recommended',
  why: \`\`,
  fix: '',
  off: '',
  see: [],
  *check({ release }) {
    for (const job of release.jobs) yield { at: job.resource.place('metadata', 'name'), message: '' };
  },
});
`,
  { flag: 'wx' },
);
for (const kind of ['bad', 'good']) {
  mkdirSync(`fixtures/rules/${id}/${kind}/templates`, { recursive: true });
  writeFileSync(`fixtures/rules/${id}/${kind}/Chart.yaml`, `apiVersion: v2\nname: shop\nversion: 1.0.0\n`);
}
const ids = readdirSync('rules')
  .filter((file) => file !== 'index.ts')
  .map((file) => file.slice(0, -3))
  .sort();
const index = readFileSync('rules/index.ts', 'utf8');
const imports = ids.map((rule) => `import { ${name(rule)} } from './${rule}.ts';`).join('\n');
const entries = ids.map((rule) => `  ${name(rule)},`).join('\n');
writeFileSync(
  'rules/index.ts',
  index
    .replace(/^import \{ \w+ \} from '\.\/.*\n/gm, '')
    .replace(/^/, `${imports}\n`)
    .replace(/(= \[\n)[^\]]*(\];)/, `$1${entries}\n$2`),
);
