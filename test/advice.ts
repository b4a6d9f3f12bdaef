// Does what a finding says: in a copy of its chart, by the exact text of the advice or by a patch beside the chart.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { applyPatch, parsePatch } from 'diff';
import type { Finding } from '../src/finding.ts';
import type { LintOptions } from '../src/options.ts';

/** The patches of a chart that do by hand what the advice says; the second one where the advice gives two ways. */
export function patchFiles(chart: string): string[] {
  return [`${chart}.patch`, `${chart}.or.patch`].filter((file) => existsSync(file));
}

/** What the advice changes on the command line. */
export function asked(findings: readonly Finding[]): Partial<LintOptions> {
  return findings.some(({ help }) => forArgo.test(help)) ? { engine: 'argocd' } : {};
}

const forArgo = /lint it with `--engine argocd`/;

/**
 * Copies a chart and follows the advice of its findings there. Gives the reason where it cannot: the chart then needs a
 * patch. Throws where a patch does not apply.
 */
export function follow(
  chart: string,
  findings: readonly Finding[],
  copy: string,
  patch: string | undefined,
): string | undefined {
  cpSync(chart, copy, { recursive: true });
  if (patch !== undefined) return patched(readFileSync(patch, 'utf8'), copy);
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) {
    const file = relative(chart, finding.location.file);
    byFile.set(file, [...(byFile.get(file) ?? []), finding]);
  }
  for (const [file, mine] of byFile) {
    const lines = readFileSync(join(copy, file), 'utf8').split('\n');
    // From the end, so that lines before keep their number.
    for (const { location, help } of mine.sort((a, b) => b.location.line - a.location.line)) {
      const refused = edit(lines, location.line - 1, help);
      if (refused !== undefined) return `${file}:${location.line}: ${refused}`;
    }
    writeFileSync(join(copy, file), lines.join('\n'));
  }
  return undefined;
}

function patched(text: string, copy: string): undefined {
  for (const one of parsePatch(text)) {
    const [from, to] = [one.oldFileName!, one.newFileName!].map((name) => name.replace(/\t.*$/, ''));
    const old = from === '/dev/null' ? '' : readFileSync(join(copy, from!), 'utf8');
    const fixed = applyPatch(old, one);
    if (fixed === false) throw new Error(`the patch does not apply to ${from}`);
    if (to === '/dev/null') rmSync(join(copy, from!));
    else {
      mkdirSync(dirname(join(copy, to!)), { recursive: true });
      writeFileSync(join(copy, to!), fixed);
    }
  }
}

/** Follows an advice that says exactly what to write; gives the reason where it does not. */
function edit(lines: string[], at: number, help: string): string | undefined {
  if (forArgo.test(help)) return undefined;
  const line = lines[at]!;
  const write = /^Write (?:at most \d+, such as )?`("?)([\w./-]+)\1: ([^`]*)`/.exec(help);
  if (write) {
    const [, , key, value] = write;
    const own = new RegExp(`^(\\s*(?:- )?)(["']?)${key}\\2:`).exec(line);
    const below = /^\s*(?:- )?["']?[\w./-]+["']?:\s*(?:#.*)?$/.test(line) ? /^\s*/.exec(lines[at + 1] ?? '')![0] : '';
    if (own) lines[at] = `${own[1]}${key}: ${value}`;
    else if (below.length > /^\s*/.exec(line)![0].length) lines.splice(at + 1, 0, `${below}${key}: ${value}`);
    else return `no place for ${key}: ${help}`;
    return undefined;
  }
  const [, old, renamed] = /^Rename `([\w./-]+)` to `([\w./-]+)`/.exec(help) ?? [];
  if (old !== undefined && line.includes(`${old}:`)) {
    lines[at] = line.replace(`${old}:`, `${renamed}:`);
    return undefined;
  }
  const removed = /^Remove `([^`]+)`/.exec(help)?.[1];
  if (removed?.startsWith('||') && line.includes(removed)) {
    lines[at] = line.replace(removed, '');
    return undefined;
  }
  if (removed !== undefined && new RegExp(`^\\s*["']?${removed.split(':')[0]}["']?:\\s*\\S`).test(line)) {
    lines.splice(at, 1);
    return undefined;
  }
  return `the advice does not say exactly what to write: ${help}`;
}

/** An advice without names, numbers and code: the same for the same fault elsewhere. */
export function shape(help: string): string {
  return help
    .replace(/`[^`]*`/g, '`…`')
    .replace(/\b[A-Z][a-zA-Z]+\/[\w.-]*[\w]/g, 'Kind/…')
    .replace(/\b[A-Z]\w+s [\w-]+(?:, [\w-]+)*(?: and [\w-]+(?: more)?)/g, 'Kind/…')
    .replace(/\d+/g, '…');
}

/** The texts that an advice says to write. */
export function written(help: string): string[] {
  return [...help.matchAll(/`([^`]*: [^`]*)`/g)].map(([, text]) => text!);
}

/** Whether a patch writes a text: as it is, or its value in values.yaml where the template takes it from there. */
export function writes(patch: string, text: string): boolean {
  return parsePatch(patch).some(({ newFileName, hunks }) => {
    const added = hunks.flatMap(({ lines }) => lines.filter((line) => line.startsWith('+')).map(plain));
    const value = plain(text).replace(/^.*?: /, ': ');
    return (
      added.join('\n').includes(plain(text)) ||
      (newFileName?.startsWith('values.yaml') === true && added.some((line) => line.endsWith(value)))
    );
  });
}

/** Without quotes. */
function plain(text: string): string {
  return text.replace(/["']/g, '');
}
