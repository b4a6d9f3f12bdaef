import { resolve } from 'node:path';
import type { CodeLens } from 'vscode-languageserver';
import { safeLine } from '../report/safe.ts';
import type { OpenChart } from './chart.ts';
import { turnsOf, turnTexts } from './turns.ts';

/** Lenses of one line: more texts than these are counted. */
const mostTexts = 3;

/**
 * Above each hook of a template when it runs. `command` is what the client does for a click; without one the text
 * stands for itself.
 */
export function lensesOf(chart: OpenChart, path: string, command: string | undefined): CodeLens[] {
  const { last } = chart;
  if (!last) return [];
  const ids = new Map<number, Set<string>>();
  for (const { rollouts } of last.seen.plans)
    for (const { resources } of rollouts)
      for (const { id, hook, at } of resources) {
        if (!hook || resolve(chart.cwd, at.file) !== path) continue;
        ids.set(at.line, (ids.get(at.line) ?? new Set()).add(id));
      }
  return [...ids].flatMap(([line, resources]) => {
    const texts = [...resources].flatMap((id) => turnTexts(turnsOf(last.seen.plans, id)));
    const at = chart.lineNow(path, line) - 1;
    const range = { start: { line: at, character: 0 }, end: { line: at, character: 0 } };
    const shown = texts.slice(0, mostTexts);
    if (texts.length > shown.length) shown.push(`and ${texts.length - shown.length} more`);
    return shown.map((text) => ({
      range,
      command: {
        title: safeLine(text),
        command: command ?? '',
        ...(command !== undefined && { arguments: [chart.folder] }),
      },
    }));
  });
}
