// Precision and recall on a folder of rendered charts with verdicts: npm run corpus -- FOLDER
// The folder holds cases.json and rendered/<case>/{install,upgrade}.yaml; it is not part of this repo.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeReports, type Finding } from '../src/check/index.ts';
import { judge } from '../src/judge.ts';
import type { Release } from '../src/model/index.ts';
import { splitManifests } from '../src/parse/index.ts';
import { locateInManifests } from '../src/place/index.ts';

interface Case {
  verdicts: Record<string, string>;
  expected?: {
    hookJobs: number;
    waitContainers: number;
    probes: number;
    probesByService: Record<string, number>;
    missingReferences: Record<string, number>;
  };
}

/** Which rules say `yes` to a verdict; info says nothing. */
const verdictRules: Record<string, string[]> = {
  a_first_install_deadlock: ['hook-deadlock', 'hook-reference', 'hook-order'],
  a2_wait_deadlock: ['wait-deadlock'],
  b_upgrade_hazard: [
    'immutable-job',
    'hook-deadlock',
    'hook-reference',
    'hook-shared-resource',
    'hook-conversion',
    'hook-event',
  ],
  c_delete_policy_fault: ['hook-delete-policy'],
  d_backoff_limit: ['backoff-limit'],
  e_duplicated_migrations: ['one-hook-job', 'concurrent-migrations'],
  f_cycle: ['dependency-cycle'],
};

const folder = process.argv[2];
if (!folder) {
  process.stderr.write('usage: npm run corpus -- FOLDER\n');
  process.exit(2);
}
const verbose = process.argv.includes('--verbose');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Record<string, Case>;
const tally = new Map(
  Object.keys(verdictRules).map((key) => [key, { tp: 0, fp: [] as string[], fn: [] as string[], tn: 0 }]),
);
const perRule = new Map<string, { errors: Set<string>; warnings: Set<string>; infos: Set<string> }>();
let failed = false;

for (const [name, { verdicts, expected }] of Object.entries(cases)) {
  const read = (action: string) =>
    splitManifests(readFileSync(join(folder, 'rendered', name, `${action}.yaml`), 'utf8'), `${name}/${action}.yaml`);
  const { reports, install } = judge({ install: read('install'), upgrade: read('upgrade') });
  const findings = placeReports(reports, locateInManifests, () => undefined).map(({ finding }) => finding);
  for (const { rule, severity } of findings) {
    const row =
      perRule.get(rule) ?? perRule.set(rule, { errors: new Set(), warnings: new Set(), infos: new Set() }).get(rule)!;
    row[`${severity}s`].add(name);
  }
  for (const [key, row] of tally) {
    const truth = verdicts[key];
    if (truth === undefined || truth === 'unsure' || truth === 'n/a') continue;
    const said = saysYes(key, findings);
    const yes = key === 'd_backoff_limit' ? truth === 'missing' || truth === 'excessive' : truth === 'yes';
    if (said && yes) row.tp += 1;
    else if (said) row.fp.push(name);
    else if (yes) row.fn.push(name);
    else row.tn += 1;
  }
  if (expected) failed = compareNumbers(name, expected, install, findings) || failed;
  if (verbose) {
    process.stdout.write(`\n## ${name}\n`);
    for (const { rule, severity, message, actions } of findings)
      process.stdout.write(`  ${severity.padEnd(7)} ${rule} [${actions.join(',')}] ${message}\n`);
  }
}

process.stdout.write('\nverdict                    tp  fp  fn  tn  precision recall\n');
for (const [key, { tp, fp, fn, tn }] of tally) {
  const ratio = (part: number, whole: number) => (whole === 0 ? '   - ' : (part / whole).toFixed(2).padStart(5));
  process.stdout.write(
    `${key.padEnd(26)} ${[tp, fp.length, fn.length, tn].map((n) => String(n).padStart(2)).join('  ')}    ${ratio(tp, tp + fp.length)}  ${ratio(tp, tp + fn.length)}\n`,
  );
  for (const name of fp) process.stdout.write(`    said, and the verdict is no:      ${name}\n`);
  for (const name of fn) process.stdout.write(`    not said, and the verdict is yes: ${name}\n`);
}
process.stdout.write('\nrule                     cases with errors / warnings / infos\n');
for (const [rule, { errors, warnings, infos }] of [...perRule].sort())
  process.stdout.write(`${rule.padEnd(26)} ${errors.size} / ${warnings.size} / ${infos.size}\n`);
process.exitCode = failed ? 1 : 0;

function saysYes(key: string, findings: Finding[]): boolean {
  return findings.some(({ rule, severity, actions }) => {
    if (severity === 'info' || !verdictRules[key]!.includes(rule)) return false;
    if (key === 'a_first_install_deadlock') return actions.includes('install');
    if (key === 'b_upgrade_hazard' && /^hook-(deadlock|reference)$/.test(rule)) return actions.includes('upgrade');
    return true;
  });
}

/** The numbers that were counted by hand on the OptScale cases. */
function compareNumbers(
  name: string,
  expected: NonNullable<Case['expected']>,
  install: Release,
  findings: Finding[],
): boolean {
  const hooks = install.jobs.filter(({ hook }) => hook);
  const waits = hooks
    .flatMap((job) =>
      job.pod.containers.map(({ understanding }) => understanding.waits.filter((wait) => wait.kind === 'host')),
    )
    .filter((list) => list.length > 0);
  const byService: Record<string, number> = {};
  for (const wait of waits.flat()) {
    const [service] = install.servicesOf(wait.host, 'default');
    const key = service?.resource.name ?? wait.host;
    byService[key] = (byService[key] ?? 0) + 1;
  }
  const missing: Record<string, number> = {};
  for (const { rule, message } of findings) {
    const target = rule === 'hook-reference' ? /needs (\w+\/[^\s,]+),/.exec(message)?.[1] : undefined;
    if (target !== undefined) missing[target] = (missing[target] ?? 0) + 1;
  }
  const seen = {
    hookJobs: hooks.length,
    waitContainers: waits.length,
    probes: waits.flat().length,
    probesByService: byService,
    missingReferences: missing,
  };
  const silent = ['one-hook-job', 'hook-delete-policy', 'backoff-limit'].filter((rule) =>
    findings.some((finding) => finding.rule === rule),
  );
  const sorted = (object: object): string =>
    JSON.stringify(object, (_, value: unknown) =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
    );
  const same = sorted(seen) === sorted(expected) && silent.length === 0;
  process.stdout.write(
    `${name}: ${same ? 'numbers as expected' : `numbers differ: saw ${sorted(seen)}, expected ${sorted(expected)}, not silent: ${silent.join(' ')}`}\n`,
  );
  return !same;
}
