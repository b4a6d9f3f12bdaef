import type { Finding } from '../check/index.ts';
import { directivesOf, type Directive } from './directives.ts';

export { directivesOf, type Directive } from './directives.ts';

/** A finding that somebody switched off, and how. */
export interface Suppressed {
  finding: Finding;
  by: 'directive' | 'annotation' | 'policy' | 'baseline' | 'dependency';
  reason?: string;
}

/** What directives are judged with. */
export interface SuppressInput {
  findings: readonly Finding[];
  /** Templates, values files or manifests, named as findings name them. */
  files: readonly { file: string; text: string }[];
  /** All rules there are, and those that were applied. */
  known: ReadonlySet<string>;
  active: ReadonlySet<string>;
  /** Severity of a directive that switches nothing off; `undefined`: it is not reported. */
  unused: Finding['severity'] | undefined;
}

/** Takes out the findings that directives switch off; tells of directives that name no rule, or that switch nothing off. */
export function suppress({ findings, files, known, active, unused }: SuppressInput): {
  findings: Finding[];
  suppressed: Suppressed[];
} {
  const directives = files.flatMap(({ file, text }) => directivesOf(file, text));
  const used = new Set<Directive>();
  const kept: Finding[] = [];
  const suppressed: Suppressed[] = [];
  for (const finding of findings) {
    const covering = directives.filter((directive) => covers(directive, finding));
    covering.forEach((directive) => used.add(directive));
    if (covering[0]) suppressed.push({ finding, by: 'directive', reason: covering[0].reason });
    else kept.push(finding);
  }
  for (const directive of directives) {
    const unknown = directive.rules.filter((rule) => !known.has(rule));
    if (unknown.length > 0)
      kept.push(
        about(
          directive,
          'unknown-rule',
          'warning',
          `the directive names ${unknown.map((rule) => JSON.stringify(rule)).join(', ')}, and there is no such rule`,
          'Write a rule of `migrate-lint rules`.',
        ),
      );
    const judged = directive.rules.length === 0 || directive.rules.some((rule) => active.has(rule));
    if (unused && judged && unknown.length === 0 && !used.has(directive)) {
      kept.push(
        about(
          directive,
          'unused-directive',
          unused,
          `the directive switches off nothing${directive.rules.length ? `: no finding of ${directive.rules.join(', ')} stands there` : ''}`,
          'Take it out.',
        ),
      );
    }
  }
  return { findings: kept, suppressed };
}

/** A finding is covered at its own line, and at the line that includes the named template that it stands in. */
function covers({ file, from, to, rules }: Directive, { rule, location }: Finding): boolean {
  if (rules.length > 0 && !rules.includes(rule)) return false;
  return [location, location.includedAt].some((at) => at?.file === file && at.line >= from && at.line <= to);
}

function about(
  { file, line, rules }: Directive,
  rule: string,
  severity: Finding['severity'],
  message: string,
  help: string,
): Finding {
  return {
    rule,
    severity,
    message,
    resource: { apiVersion: '', kind: '', name: '', namespace: '' },
    location: { file, line, column: 1 },
    because: [],
    actions: ['install', 'upgrade'],
    help,
    fingerprint: `${rule}:${file}:${rules.join()}`,
  };
}
