import type { Log, Location as SarifLocation, ReportingDescriptor, Result } from 'sarif';
import { rules as catalogue } from '../../rules/index.ts';
import type { Finding, Suppressed } from '../finding.ts';
import type { LintResult } from '../result.ts';
import { ruleText } from '../page.ts';
import type { Location } from '../place/index.ts';
import type { Severity } from '../rule.ts';
import { furtherChecks } from '../suppress/checks.ts';
import { suppressedLine } from '../suppress/line.ts';
import { identities } from './identity.ts';
import { said } from './said.ts';
import { safe, safeJson, short } from './safe.ts';

const rules = [...catalogue, ...furtherChecks];
const levels = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>;

/** SARIF 2.1.0, for GitHub code scanning and others; suppressed findings are in it, marked as such. */
export function sarif({ charts, errors, hidden }: LintResult, version: string): string {
  const identity = identities();
  const findings = charts.flatMap((chart) => [
    ...chart.findings.map((finding) => ({ finding, identity: identity(chart.path, finding), suppression: undefined })),
    ...chart.suppressed.map(({ finding, ...by }) => ({
      finding,
      identity: identity(chart.path, finding),
      suppression: suppressionOf(by),
    })),
  ]);
  const descriptors = rules.map((rule): ReportingDescriptor => ({
    id: rule.id,
    name: rule.id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: rule.title },
    fullDescription: { text: flat(rule.why) },
    help: { text: flat(rule.fix), markdown: ruleText(rule) },
    defaultConfiguration: { level: levels[rule.severity] },
    properties: { tags: ['helm', 'kubernetes', rule.preset] },
  }));
  const known = new Set(descriptors.map(({ id }) => id));
  for (const id of new Set(findings.map(({ finding }) => finding.rule)))
    if (!known.has(id)) descriptors.push({ id, shortDescription: { text: id } });
  const line = suppressedLine(charts, hidden);
  const index = new Map(descriptors.map(({ id }, at) => [id, at]));
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'migrate-lint', version, semanticVersion: version, rules: descriptors } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: errors.length === 0,
            toolExecutionNotifications: [
              ...errors.map(({ message }) => ({ level: 'error' as const, message: { text: plainText(message) } })),
              ...(line ? [{ level: 'note' as const, message: { text: plainText(line) } }] : []),
            ],
          },
        ],
        results: findings.map(({ finding, identity, suppression }) =>
          resultOf(finding, identity, index.get(finding.rule)!, suppression),
        ),
      },
    ],
  };
  return safeJson(log);
}

function resultOf(
  finding: Finding,
  identity: string,
  ruleIndex: number,
  suppression: NonNullable<Result['suppressions']>[number] | undefined,
): Result {
  const { rule, severity, resource, location, because, help, fix } = finding;
  const named = resource.kind
    ? [
        {
          name: safe(resource.name),
          fullyQualifiedName: safe(`${resource.kind}/${resource.namespace}/${resource.name}`),
          kind: 'resource',
        },
      ]
    : undefined;
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[severity],
    message: { text: plainText(`${said(finding)}. ${help}`) },
    locations: [{ ...placeOf(location), ...(named && { logicalLocations: named }) }],
    relatedLocations: because.map((link, id) => ({
      id,
      ...placeOf(link.location),
      message: {
        text: plainText(link.location.lastRevisionOf ? `${link.message} (${link.location.file})` : link.message),
      },
    })),
    partialFingerprints: { 'migrateLint/v1': identity },
    ...(suppression && { suppressions: [suppression] }),
    ...(fix && {
      fixes: [
        {
          description: { text: plainText(fix.description) },
          artifactChanges: [...new Set(fix.edits.map(({ file }) => file))].map((file) => ({
            artifactLocation: { uri: uri(file) },
            replacements: fix.edits
              .filter((edit) => edit.file === file)
              .map(({ line, column, endLine, endColumn, newText }) => ({
                deletedRegion: { startLine: line, startColumn: column, endLine, endColumn },
                insertedContent: { text: newText },
              })),
          })),
        },
      ],
    }),
  };
}

/** What suppresses a result, where that is written, and why. */
function suppressionOf({ by, at, reason }: Omit<Suppressed, 'finding'>): NonNullable<Result['suppressions']>[number] {
  return {
    kind: by === 'comment' || by === 'annotation' ? 'inSource' : 'external',
    status: 'accepted',
    ...(reason && { justification: safe(reason) }),
    ...(at && { location: placeOf({ ...at, column: 1 }) }),
    properties: { by },
  };
}

/**
 * A file of the last revision, and one in an archive, is no file of the work tree: what is there stands for it, without
 * a line.
 */
function placeOf({ file, line, column, endLine, endColumn, lastRevisionOf }: Location): SarifLocation {
  const archive = /^(.*?\.tgz):/.exec(file)?.[1];
  const whole = lastRevisionOf ?? archive;
  if (whole !== undefined) return { physicalLocation: { artifactLocation: { uri: uri(whole) } } };
  return {
    physicalLocation: {
      artifactLocation: { uri: uri(file) },
      region: {
        startLine: line,
        startColumn: column,
        ...(endLine !== undefined && endLine >= line && { endLine, endColumn }),
      },
    },
  };
}

/** A message in which nothing is a link: `[text](target)` is one (SARIF 2.1.0, 3.11.6). */
function plainText(text: string): string {
  const escaped = safe(short(text)).replace(/[\\[\]]/g, '\\$&');
  // No escape is cut in two.
  return escaped.length <= 1_000 ? escaped : `${escaped.slice(0, 999).replace(/(?<=^|[^\\])((?:\\\\)*)\\$/, '$1')}…`;
}

/** A relative reference: each part of the path encoded, as far as it is text. */
function uri(file: string): string {
  return Buffer.from(file).toString().split(/[\\/]/).map(encodeURIComponent).join('/');
}

function flat(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
