// Manifests with comments, annotations, a policy and a baseline, and what is reported and suppressed. `npm run docs`
// writes the file that is compared: read its changes.
//
// A case begins with `=== what it shows {"only": rules, …}`; `=== policy` and `=== baseline` begin these files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Finding, Suppressed } from '../src/finding.ts';
import { lint } from '../src/lint.ts';
import type { LintOptions } from '../src/options.ts';
import { applyBaseline, parseBaseline, prunedBaseline, updatedBaseline } from '../src/suppress/baseline.ts';

const cwd = mkdtempSync(join(tmpdir(), 'migrate-lint-suppressions-'));
afterAll(() => rmSync(cwd, { recursive: true }));
const place = { file: 'baseline.json', cwd };

interface Case {
  stream: string;
  policy?: string;
  baseline?: string;
  options: Partial<LintOptions>;
}

async function shown({ stream, policy, baseline, options }: Case): Promise<string[]> {
  if (policy) writeFileSync(join(cwd, 'policy.yaml'), policy);
  const { charts, errors } = await lint({
    paths: ['-'],
    cwd,
    env: {},
    readStdin: () => Promise.resolve(Buffer.from(stream)),
    config: policy ? 'policy.yaml' : false,
    ...options,
  });
  const lines = errors.map(({ message }) => `  ${message}`);
  const all = updatedBaseline(undefined, charts, place);
  lines.push(`  as a baseline: ${JSON.stringify(all.charts)}`);
  if (baseline === undefined) return [...lines, ...charts.flatMap(results)];
  try {
    const parsed = parseBaseline('baseline.json', baseline);
    const { reportUnused } = options;
    return [
      ...lines,
      ...charts.flatMap((chart) => results(applyBaseline(chart, parsed, { ...place, text: baseline, reportUnused }))),
      `  updated: ${JSON.stringify(updatedBaseline(parsed, charts, place).charts)}`,
      `  pruned: ${JSON.stringify(prunedBaseline(parsed, charts, place).charts)}`,
    ];
  } catch (error) {
    return [...lines, `  ${(error as Error).message}`];
  }
}

function results({ findings, suppressed }: { findings: Finding[]; suppressed: Suppressed[] }): string[] {
  const line = ({ rule, severity, location, lowered, resource, message, help, fingerprint }: Finding) =>
    `${severity} ${rule} at ${location.line}${lowered ? ', lowered' : ''}${
      resource.kind ? ` of ${resource.kind}/${resource.name}` : ''
    }${/^(?:un|expired)/.test(rule) ? `: ${message}; ${help} (${fingerprint})` : ''}`;
  return [
    ...findings.map((finding) => `  ${line(finding)}`),
    ...suppressed.map(
      ({ finding, by, at, reason }) =>
        `  suppressed by ${by}${at ? ` at ${at.file}:${at.line}` : ''}${reason ? ` (${reason})` : ''}: ${line(finding)}`,
    ),
  ];
}

it('reports and suppresses', async () => {
  const [, ...cases] = readFileSync('test/suppressions/cases.yaml', 'utf8').split(/^=== (?!policy$|baseline$)/m);
  const text: string[] = [];
  for (const one of cases) {
    const [, title = '', options = '{}'] = /^(.*?)(?: (\{.*\}))?$/m.exec(one)!;
    const [, stream = '', policy, baseline] =
      /^.*\n([\s\S]*?)(?:^=== policy\n([\s\S]*?))?(?:^=== baseline\n([\s\S]*?))?$(?![\s\S])/m.exec(one)!;
    const lines = await shown({ stream, policy, baseline, options: JSON.parse(options) as Partial<LintOptions> });
    text.push(title, ...(lines.length > 0 ? lines : ['  nothing']), '');
  }
  await expect(text.join('\n')).toMatchFileSnapshot('suppressions/cases.txt');
});
