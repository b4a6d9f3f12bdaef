// Does the proof notice a linter that is wrong? Each mutation of the simulation is made in a copy of this tree, and the
// proof is run there on a few fixtures: it must disagree. npm run proof:mutations [-- FILTER…]; exit 1 where one goes
// unnoticed.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sandboxAvailability } from './wait-sandbox.ts';

interface Mutation {
  /** What the linter then believes. */
  name: string;
  file: string;
  from: string;
  to: string;
  /** Fixtures that are played. */
  fixtures: string[];
}

const hook = 'src/model/hook.ts';
const plan = 'src/simulate/plan.ts';
const need = 'src/simulate/need.ts';
const target = 'src/simulate/target.ts';
const simulation = 'src/simulate/index.ts';

const mutations: Mutation[] = [
  {
    name: 'hooks run from the highest weight to the lowest',
    file: hook,
    from: 'a.weight - b.weight',
    to: 'b.weight - a.weight',
    fixtures: ['hook-order/good', 'hook-weight/good'],
  },
  {
    name: 'hooks of one weight run in reverse order of names',
    file: hook,
    from: 'compare(nameOf(a.resource.top), nameOf(b.resource.top))',
    to: 'compare(nameOf(b.resource.top), nameOf(a.resource.top))',
    fixtures: ['hook-order/bad-equal-weight', 'hook-order/good-equal-weight'],
  },
  {
    name: 'hooks of one name run in reverse order of kinds',
    file: hook,
    from: 'kindRank(a.resource.top.kind) - kindRank(b.resource.top.kind)',
    to: 'kindRank(b.resource.top.kind) - kindRank(a.resource.top.kind)',
    fixtures: ['hook-order/good-one-name'],
  },
  {
    name: 'a weight that is no number is taken for its leading digits',
    file: hook,
    from: 'if (!/^[+-]?\\d+$/.test(text)) return 0;',
    to: 'if (!/^[+-]?\\d+$/.test(text)) return Number.parseInt(text, 10) || 0;',
    fixtures: ['hook-weight/bad-order'],
  },
  {
    name: 'pre-install hooks run after the resources',
    file: plan,
    from: "...hookSteps(release, pre, 'pre'),\n    resources,",
    to: "resources,\n    ...hookSteps(release, pre, 'pre'),",
    fixtures: ['hook-deadlock/bad', 'hook-reference/bad'],
  },
  {
    name: 'post-install hooks run before the resources',
    file: plan,
    from: "resources,\n    ...hookSteps(release, post, 'post'),",
    to: "...hookSteps(release, post, 'post'),\n    resources,",
    fixtures: ['hook-deadlock/good-post-install'],
  },
  {
    name: 'Helm does not wait for hook Jobs',
    file: plan,
    from: "await: hook.resource.kind === 'Job' || hook.resource.kind === 'Pod' ? [hook.resource] : [],",
    to: 'await: [],',
    fixtures: ['hook-deadlock/bad', 'hook-reference/bad'],
  },
  {
    name: '--wait does not wait',
    file: plan,
    from: 'await: wait ? waited : []',
    to: 'await: []',
    fixtures: ['wait-deadlock/bad'],
  },
  {
    name: 'hook-succeeded deletes nothing',
    file: plan,
    from: 'remove: index === hooks.length - 1 ?',
    to: 'remove: index < 0 ?',
    fixtures: ['hook-reference/bad-hook-succeeded'],
  },
  {
    name: 'upgrades run the hooks of installs',
    file: plan,
    from: "upgrade: { pre: 'pre-upgrade', post: 'post-upgrade' }",
    to: "upgrade: { pre: 'pre-install', post: 'post-install' }",
    fixtures: ['hook-event', 'hook-deadlock/good-post-install', 'atlas'],
  },
  {
    name: 'references to ConfigMaps are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'ConfigMap' || reference.container !== container ||",
    fixtures: ['hook-reference'],
  },
  {
    name: 'references to Secrets are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'Secret' || reference.container !== container ||",
    fixtures: ['hook-reference'],
  },
  {
    name: 'ServiceAccounts are forgotten',
    file: need,
    from: 'reference.container !== container ||',
    to: "reference.kind === 'ServiceAccount' || reference.container !== container ||",
    fixtures: ['hook-reference/bad-service-account'],
  },
  {
    name: 'optional references are needed',
    file: need,
    from: ' || reference.optional ||',
    to: ' ||',
    fixtures: ['hook-reference/good-optional'],
  },
  {
    name: 'init containers are forgotten',
    file: need,
    from: 'for (const container of pod.containers) {',
    to: "for (const container of pod.containers.filter(({ role }) => role !== 'init')) {",
    fixtures: ['hook-deadlock/bad'],
  },
  {
    name: 'a Service that exists answers, whatever stands behind it',
    file: target,
    from: "return workloads.length === 0 ? nothing : { type: 'ready', workloads, through: service };",
    to: 'return nothing;',
    fixtures: ['wait-deadlock', 'hook-deadlock/bad-chain'],
  },
  {
    name: 'a Service answers on every port',
    file: target,
    from: 'if (port && !hasPort(service, port))',
    to: 'if (port && service.ports.length === 99)',
    fixtures: ['hook-deadlock/bad-port'],
  },
  {
    name: 'Services that the release makes later are there',
    file: target,
    from: 'if (services.length === 0 || depth > 4) return nothing;',
    to: 'if (depth >= 0) return nothing;',
    fixtures: ['hook-deadlock/bad'],
  },
  {
    name: 'an upgrade finds nothing of the install',
    file: simulation,
    from: 'resources: [...left.map(({ resource }) => resource), ...releases.flatMap(({ ordinary }) => ordinary)],',
    to: 'resources: [],',
    fixtures: ['hook-reference/good-post-install'],
  },
  {
    name: 'an upgrade finds what only upgrades make',
    file: simulation,
    from: 'standing([release, ...others], /^(?:pre|post)-install$/)',
    to: 'standing([release, ...others], /./)',
    fixtures: ['hook-reference/bad-upgrade-only'],
  },
];

const filters = process.argv.slice(2);
const shell = sandboxAvailability();
if (!shell.available) {
  process.stdout.write(`the mutations need network namespaces for their waits: ${shell.reason}\n`);
  process.exit(1);
}

for (const { name, file, from } of mutations)
  if (!find(readFileSync(file, 'utf8'), from)) throw new Error(`${name}: ${file} does not hold its text exactly once`);
const queue = mutations.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)));
const rows: string[] = [];
let missed = 0;
// The unmutated tree must agree, or a disagreement would prove nothing.
const all = [...new Set(queue.flatMap(({ fixtures }) => fixtures))];
const clean = await proof(undefined, all);
process.stdout.write(`without a mutation: ${clean.last}\n`);
if (clean.code !== 0) process.exit(1);
await Promise.all([worker(), worker()]);
process.stdout.write(
  `\n| the linter believes that | plays that differ | noticed |\n| --- | --- | --- |\n${rows.sort().join('\n')}\n`,
);
process.stdout.write(`\n${rows.length - missed} of ${rows.length} mutations noticed\n`);
process.exitCode = missed > 0 ? 1 : 0;

async function worker(): Promise<void> {
  for (let one = queue.shift(); one; one = queue.shift()) {
    const { code, last, differ } = await proof(one, one.fixtures);
    const noticed = code === 1 && differ > 0;
    if (!noticed) missed += 1;
    rows.push(
      `| ${one.name} | ${last.replace(/^(\d+) of (\d+) .*/, (_, agree: string, plays: string) => `${Number(plays) - Number(agree)} of ${plays}`)} | ${noticed ? 'yes' : '**no**'} |`,
    );
    process.stderr.write(noticed ? '.' : `\nnot noticed: ${one.name} (${last})\n`);
  }
}

/**
 * Where a text stands in a source that is formatted in whatever way; `undefined` where it does not stand there exactly
 * once.
 */
function find(source: string, wanted: string): [start: number, end: number] | undefined {
  const at = source.split('').flatMap((char, index) => (/\s/.test(char) ? [] : [index]));
  const folded = source.replace(/\s/g, '');
  const text = wanted.replace(/\s/g, '');
  const first = folded.indexOf(text);
  if (first === -1 || folded.includes(text, first + 1)) return undefined;
  return [at[first]!, at[first + text.length - 1]! + 1];
}

/** Runs the proof in a copy of this tree. */
async function proof(
  mutation: Mutation | undefined,
  fixtures: string[],
): Promise<{ code: number; last: string; differ: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'proof-mutation-'));
  try {
    for (const name of ['src', 'rules', 'test', 'scripts', 'package.json', 'tsconfig.json', 'schema'])
      cpSync(name, join(folder, name), { recursive: true });
    cpSync('fixtures', join(folder, 'fixtures'), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    if (mutation) {
      const file = join(folder, mutation.file);
      const text = readFileSync(file, 'utf8');
      const [start, end] = find(text, mutation.from)!;
      writeFileSync(file, `${text.slice(0, start)}${mutation.to}${text.slice(end)}`);
    }
    const child = spawn(process.execPath, ['scripts/ts.mjs', 'test/proof/proof.ts', ...fixtures, '--helm', '4.2.3'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number>((done, failed) =>
      child.once('error', failed).once('close', (exit) => done(exit ?? 137)),
    );
    const last = stdout.trim().split('\n').at(-1) ?? '';
    const [, agree, plays] = /^(\d+) of (\d+) plays as predicted$/.exec(last) ?? [];
    if (plays === undefined) throw new Error(`the proof did not run: ${stderr.trim().split('\n').at(-1) ?? ''}`);
    return { code, last, differ: Number(plays) - Number(agree) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
