// The findings about the order of releases, beside those of the charts.
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { activeRules } from './active-rules.ts';
import { byPlace } from './check/by-place.ts';
import type { Policy } from './config/index.ts';
import type { Deployment } from './deployments/deployment.ts';
import { writtenText } from './deployment-findings.ts';
import type { Finding, Suppression } from './finding.ts';
import type { LintOptions } from './options.ts';
import { seenFrom } from './paths.ts';
import { policyOf } from './policy-of.ts';
import type { OrderFinding } from './release-order.ts';
import type { ChartResult } from './result.ts';
import { PolicyIgnores } from './suppress/by-policy.ts';
import { Comments } from './suppress/comments.ts';

/**
 * The charts with the findings of the order, each at a chart of its deployment, or at the deployment's own file. Rules,
 * severities, comments (in the template, and at the deployment), annotations and the policy have their effect as on
 * every other finding.
 */
export async function withOrder(
  charts: readonly ChartResult[],
  found: readonly OrderFinding[],
  options: LintOptions,
): Promise<ChartResult[]> {
  const out = charts.map((chart) => ({ ...chart }));
  for (const one of found) {
    const { deployment } = one;
    const { file } = deployment.at;
    const existing =
      out.find(({ deployments }) => deployments?.some(({ name }) => name === deployment.name)) ??
      out.find(({ path }) => path === file);
    const chart = existing ?? { path: file, name: '', version: '', findings: [], suppressed: [], notes: [] };
    const policy = await policyFor(chart, deployment, options);
    const rule = activeRules({ ...options, policy }).find(({ rule: { id } }) => id === 'release-order');
    if (!rule) continue;
    if (!existing) out.push(chart);
    const finding: Finding = {
      ...one.finding,
      severity: rule.severity ?? one.finding.severity,
    };
    const inline = options.inlineConfig === false ? undefined : byInline(one, finding, options);
    const by = inline ?? rule.off ?? ignored(finding, policy, chart.path, options);
    if (by) chart.suppressed = [...chart.suppressed, { finding, ...by }].sort((a, b) => byPlace(a.finding, b.finding));
    else chart.findings = [...chart.findings, finding].sort(byPlace);
    // Known only now: the run of the chart saw no finding there.
    if (inline)
      chart.findings = chart.findings.filter(
        (other) =>
          !(
            other.rule === 'unused-directive' &&
            other.location.file === inline.at?.file &&
            other.location.line === inline.at.line &&
            (inline.by === 'comment' || other.help.includes('release-order'))
          ),
      );
  }
  return out;
}

/** The policy of the chart, or of the folder in which its deployment is written. */
function policyFor(
  { path, deployments, name, version }: ChartResult,
  deployment: Deployment,
  options: LintOptions,
): Promise<Policy | undefined> {
  const file = resolve(options.cwd, deployment.at.file);
  const absolute = deployments ? resolve(options.cwd, path) : file;
  const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  const policyFolder = deployment.chart.kind === 'local' && isFolder ? absolute : dirname(file);
  return policyOf({ kind: 'chart', path, absolute, archive: false, name, version, policyFolder }, options);
}

/** A comment at the finding, or at the deployment's line; an annotation of what waits. */
function byInline(
  { deployment, ignoredAt }: OrderFinding,
  finding: Finding,
  { cwd }: LintOptions,
): Suppression | undefined {
  const places = [finding.location, deployment.at, deployment.places?.after ?? deployment.at];
  for (const { file, line } of places) {
    const text = writtenText(file, cwd);
    if (text === undefined) continue;
    const by = new Comments([{ file, text }]).suppress({ ...finding, location: { file, line, column: 1 } });
    if (by) return by;
  }
  return ignoredAt && { by: 'annotation', at: { file: ignoredAt.file, line: ignoredAt.line } };
}

function ignored(
  finding: Finding,
  policy: Policy | undefined,
  path: string,
  { cwd }: LintOptions,
): Suppression | undefined {
  const today = new Date().toISOString().slice(0, 10);
  return new PolicyIgnores(policy, { seenFrom: seenFrom(cwd), chart: resolve(cwd, path), today }).suppress(finding);
}
