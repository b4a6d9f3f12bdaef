// Manifests with comments, annotations, a policy and a baseline, and what is reported and suppressed.
//
// A case begins with `=== what it shows {"only": rules, …}`; `=== policy` and `=== baseline` begin these files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, Suppressed } from '../../src/finding.ts';
import { lint } from '../../src/lint.ts';
import type { LintOptions } from '../../src/options.ts';
import { applyBaseline, parseBaseline, prunedBaseline, updatedBaseline } from '../../src/suppress/baseline.ts';
import type { Case } from './case.ts';

const cwd = mkdtempSync(join(tmpdir(), 'migrate-lint-suppressions-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));
const place = { file: 'baseline.json', cwd };

interface Written {
  stream: string;
  policy?: string;
  baseline?: string;
  options: Partial<LintOptions>;
}

async function shown({ stream, policy, baseline, options }: Written): Promise<string[]> {
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

export function suppressions(): Case[] {
  const [, ...cases] = readFileSync('test/suppressions/cases.yaml', 'utf8').split(/^=== (?!policy$|baseline$)/m);
  return cases.map((one) => {
    const [, title = '', options = '{}'] = /^(.*?)(?: (\{.*\}))?$/m.exec(one)!;
    const [, stream = '', policy, baseline] =
      /^.*\n([\s\S]*?)(?:^=== policy\n([\s\S]*?))?(?:^=== baseline\n([\s\S]*?))?$(?![\s\S])/m.exec(one)!;
    const written = { stream, policy, baseline, options: JSON.parse(options) as Partial<LintOptions> };
    return { title, lines: async () => [...(await shown(written)), ''] };
  });
}
