// Templates and how their findings are fixed; and changes of a render that are, or are not, what a fix announced.
import { readFileSync } from 'node:fs';
import { applyEdits } from '../../src/fix/apply.ts';
import { planFix, valueForKey, type Fix } from '../../src/fix/plan.ts';
import { onlyChanges } from '../../src/fix/prove.ts';
import { judge } from '../../src/judge.ts';
import { splitManifests, type Manifest } from '../../src/parse/index.ts';
import { locateInManifests } from '../../src/place/index.ts';
import type { Case } from './case.ts';

/** A template's render, line by line: what stands behind `#= `, and nothing for other actions. */
const rendered = (template: string): string =>
  template
    .split('\n')
    .map((line) => {
      const at = line.indexOf('#= ');
      if (at !== -1) return line.slice(at + 3);
      return line.includes('{{') && !/^\s*#/.test(line) ? '' : line;
    })
    .join('\n');

/** The lines of a template that a fix changes, or why it changes none. */
function fixed(template: string, only: string[]): string[] {
  const manifests = splitManifests(rendered(template), 'stdin');
  const textOf = () => template;
  const { reports } = judge({ install: manifests, upgrade: manifests, preset: 'all', only });
  return reports.flatMap(({ rule, fix }) => {
    if (!fix) return [];
    const planned = planFix(fix, locateInManifests, textOf);
    if (!planned) return [`  ${rule}: not certain; value ${valueForKey(fix, locateInManifests, textOf)}`];
    const lines = (applyEdits(template, planned.edits) ?? 'edits overlap').split('\n');
    const before = template.split('\n');
    return [
      `  ${rule}: ${planned.description}`,
      ...planned.changes.map(({ resource, path }) => `    changes ${resource} ${path.join('.')}`),
      ...planned.edits.map((edit) => `    at ${edit.line}:${edit.column} to ${edit.endLine}:${edit.endColumn}`),
      ...before.filter((line) => !lines.includes(line)).map((line) => `    -${JSON.stringify(line)}`),
      ...lines.filter((line) => !before.includes(line)).map((line) => `    +${JSON.stringify(line)}`),
    ];
  });
}

/** Templates, each with the rules whose fixes are asked for. */
export function templates(): Case[] {
  const [, ...cases] = readFileSync('test/fixes/templates', 'utf8').split(/^=== /m);
  return cases.map((one) => {
    const [title = '', ...lines] = one.split('\n');
    return {
      title,
      lines: () => {
        const found = fixed(lines.join('\n').replaceAll('␍', '\r'), /\[(.*)\]$/.exec(title)![1]!.split(', '));
        return [...(found.length > 0 ? found : ['  nothing to fix']), ''];
      },
    };
  });
}

/** Renders before and after a fix, and whether only what it announced is another. */
export function renders(): Case[] {
  const render = (documents: unknown[]) =>
    documents.map((one, i): Manifest => ({ text: JSON.stringify(one), source: `${i}.yaml`, file: 'render', line: 1 }));
  return readFileSync('test/fixes/renders', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { before, after, again, changes } = JSON.parse(line) as Record<'before' | 'after', unknown[]> & {
        again?: unknown[];
        changes: Fix['changes'];
      };
      const only = () => onlyChanges(render(before), render(after), changes, again && render(again));
      return { title: line, lines: () => [only() ? '  only what is announced' : '  more'] };
    });
}
