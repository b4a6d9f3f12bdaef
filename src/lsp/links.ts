import { resolve } from 'node:path';
import type { DocumentLink } from 'vscode-languageserver';
import { safeLine } from '../report/safe.ts';
import type { OpenChart } from './chart.ts';

/** Where a template names what a pod needs or waits for, a link to the resource that it is. */
export function linksOf(chart: OpenChart, path: string, text: string, uriOf: (path: string) => string): DocumentLink[] {
  const { last } = chart;
  if (!last) return [];
  const lines = text.split('\n');
  const links = new Map<string, DocumentLink>();
  for (const { rollouts } of last.seen.plans)
    for (const { resources } of rollouts) {
      const byId = new Map(resources.map((resource) => [resource.id, resource]));
      for (const { needs } of resources)
        for (const { at, targets, when } of needs) {
          if (resolve(chart.cwd, at.file) !== path) continue;
          const line = chart.lineNow(path, at.line);
          for (const target of targets.flatMap((id) => byId.get(id) ?? [])) {
            const span = wordIn(lines[line - 1] ?? '', target.name);
            if (!span) continue;
            const [from, to] = span;
            const range = { start: { line: line - 1, character: from }, end: { line: line - 1, character: to } };
            const there = resolve(chart.cwd, target.at.file);
            links.set(JSON.stringify(range), {
              range,
              target: `${uriOf(there)}#L${chart.lineNow(there, target.at.line)}`,
              tooltip: safeLine(`${target.kind}/${target.name}, ${when}`),
            });
          }
        }
    }
  return [...links.values()];
}

/** Where a name stands in a line as a word of its own; the last place, for a key may be called the same. */
function wordIn(line: string, name: string): [from: number, to: number] | undefined {
  if (name === '') return undefined;
  for (let at = line.lastIndexOf(name); at !== -1; at = at === 0 ? -1 : line.lastIndexOf(name, at - 1)) {
    const isWord = !/[\w-]/.test(line[at - 1] ?? '') && !/[\w-]/.test(line[at + name.length] ?? '');
    if (isWord) return [at, at + name.length];
  }
  return undefined;
}
