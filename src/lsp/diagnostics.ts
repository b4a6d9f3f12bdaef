import { join, resolve } from 'node:path';
import type { Diagnostic, DiagnosticRelatedInformation } from 'vscode-languageserver';
import type { Finding } from '../finding.ts';
import type { Location } from '../place/location.ts';
import { conditionsOf, said } from '../report/said.ts';
import { safe, safeLine } from '../report/safe.ts';
import type { LintResult } from '../result.ts';
import { rangeOf } from './ranges.ts';

/** A diagnostic, the file that it belongs to, and the findings that it stands for. */
export interface Shown {
  path: string;
  diagnostic: Diagnostic;
  findings: readonly Finding[];
}

/** What diagnostics are made with. */
export interface Drawing {
  cwd: string;
  /** The text that a run saw; `undefined` for what is no text file. */
  textOf: (path: string) => string | undefined;
  /** The URI of a file as the client writes it. */
  uriOf: (path: string) => string;
  /** The page of a rule. */
  page: (rule: string) => string | undefined;
  /** Whether the client shows related places; they are told in the message otherwise. */
  related: boolean;
}

const severities = { error: 1, warning: 2, info: 3 } as const;
/** `DiagnosticTag.Unnecessary`: shown faded. */
const unnecessary = 1;

/** The findings of a run, those of one rule at one place as one diagnostic. */
export function diagnosticsOf({ charts }: LintResult, drawing: Drawing): Shown[] {
  return charts.flatMap(({ path, findings }) =>
    together(findings).map((group) => shown(group, join(resolve(drawing.cwd, path), 'Chart.yaml'), drawing)),
  );
}

/** Findings that differ in their resource only; the command line prints them as one entry too. */
export function together(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { rule, severity, location } = finding;
    const key = JSON.stringify([rule, severity, location.file, location.line, location.column, conditionsOf(finding)]);
    const known = groups.get(key);
    if (known) known.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()];
}

function shown(findings: readonly Finding[], chartFile: string, drawing: Drawing): Shown {
  const [first, ...others] = findings as [Finding, ...Finding[]];
  const { rule, severity, location, help } = first;
  const place = placeOf(location, drawing);
  const path = place.inFile ? place.path : chartFile;
  const names = [...new Set(others.map(({ resource: { kind, name } }) => safeLine(`${kind}/${name}`)))];
  const links = relatedTo(first, drawing);
  const href = drawing.page(rule);
  const lines = [
    `${safe(said(first))}${place.inFile ? '' : ` (${safeLine(location.file)}:${location.line})`}`,
    ...(others.length > 0
      ? [`And ${others.length} more: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`]
      : []),
    ...(drawing.related ? [] : links.map(({ message }) => `→ ${message}`)),
    `Fix: ${safe(help)}`,
  ];
  return {
    path,
    findings,
    diagnostic: {
      range: place.inFile
        ? rangeOf(location, drawing.textOf(path))
        : rangeOf({ line: 1, column: 1 }, drawing.textOf(path)),
      severity: severities[severity],
      code: rule,
      ...(href !== undefined && { codeDescription: { href } }),
      source: 'migrate-lint',
      message: lines.join('\n'),
      ...(/^unused-/.test(rule) && { tags: [unnecessary] }),
      ...(drawing.related && links.length > 0 && { relatedInformation: links }),
      data: { fingerprint: first.fingerprint },
    },
  };
}

/** Each link of the chain, where a named template is included, and where a value is set. */
function relatedTo({ because, location }: Finding, drawing: Drawing): DiagnosticRelatedInformation[] {
  const { includedAt, value } = location;
  const more: { message: string; location: Location }[] = [
    ...(includedAt ? [{ message: 'used here', location: { ...includedAt, column: 1 } }] : []),
    ...(value
      ? [{ message: `${value.path} is set here`, location: { file: value.file, line: value.line, column: 1 } }]
      : []),
  ];
  return [...because, ...more].map((link) => {
    const { path, inFile } = placeOf(link.location, drawing);
    const where = inFile ? '' : ` (${safeLine(link.location.file)})`;
    return {
      location: {
        uri: drawing.uriOf(path),
        range: rangeOf(inFile ? link.location : { line: 1, column: 1 }, inFile ? drawing.textOf(path) : undefined),
      },
      message: `${safeLine(link.message)}${where}`,
    };
  });
}

/** The file of a place; of one in an archive or in the last revision the file that stands for it. */
function placeOf({ file, lastRevisionOf }: Location, { cwd }: Drawing): { path: string; inFile: boolean } {
  const archive = /^(.*?\.tgz):/.exec(file)?.[1];
  const whole = lastRevisionOf ?? archive;
  return { path: resolve(cwd, whole ?? file), inFile: whole === undefined };
}
