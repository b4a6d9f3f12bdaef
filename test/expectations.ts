import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The charts of a rule: every folder with a Chart.yaml whose name starts with `bad` or `good`. */
export function ruleCharts(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(bad|good)/.test(name) && existsSync(join(folder, name, 'Chart.yaml')))
    .map((name) => join(folder, name))
    .sort();
}

/**
 * The expectations that stand in a chart's files, as `file:line severity`. `# expect: RULE [severity]` behind text
 * speaks of its own line, on a line of its own of the next; the severity is `error` where none is named. `{{/* expect:
 * … *\/}}` works alike.
 */
export function expectations(chart: string, rule: string): string[] {
  const found: string[] = [];
  for (const file of files(chart)) {
    const lines = readFileSync(join(chart, file), 'utf8').split('\n');
    lines.forEach((line, index) => {
      const match = /(?:#|\{\{-?\s*\/\*)\s*expect:\s*([\w-]+)(?:\s+(error|warning|info))?/.exec(line);
      if (match?.[1] !== rule) return;
      const own = line.slice(0, match.index).trim() !== '';
      let at = own ? index : index + 1;
      while (!own && /^\s*(?:#|\{\{-?\s*\/\*)\s*expect:/.test(lines[at] ?? '')) at += 1;
      found.push(`${file}:${at + 1} ${match[2] ?? 'error'}`);
    });
  }
  return [...new Set(found)].sort();
}

function files(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below ? `${below}/${entry.name}` : entry.name;
    return entry.isDirectory() ? files(folder, path) : /\.(ya?ml|tpl)$/.test(entry.name) ? [path] : [];
  });
}
