import { dirname, relative, resolve } from 'node:path';
import { matchesCommand } from './config/command.ts';
import { matchesPattern, type Policy } from './config/index.ts';
import { near } from './config/near.ts';
import { jobsOfService, wildcard, type Release } from './model/index.ts';
import { isInside } from './paths.ts';

/** A pattern of a policy, and whether anything of a run matches it. */
interface Pattern {
  /** Absolute path of the policy. */
  policy: string;
  origin: string;
  key: string;
  text: string;
  /** What it could have matched, in a word: `chart`. */
  what: string;
  matched: boolean;
  candidates: Set<string>;
  /** Reported only with a nearest name: what is not there may be outside of the release. */
  onlyNear: boolean;
}

/** A {@link Pattern} as plain data. */
export type SeenPattern = Omit<Pattern, 'candidates'> & { candidates: readonly string[] };

/** Names among which the nearest is looked for. */
const mostCandidates = 500;

/**
 * Which patterns of the policies match something in a run: `overrides.charts`, `workloads`, `commands`, `needs`,
 * `ignore.files` and `ignore.charts`.
 */
export class PolicyUse {
  private readonly patterns = new Map<string, Pattern>();
  private readonly cwd: string;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** A chart that a policy holds for; `chart` is its absolute path. */
  chart(policy: Policy | undefined, chart: string): void {
    if (!policy) return;
    const path = (base: string) => relative(base, chart).replaceAll('\\', '/') || '.';
    const fits = (pattern: string, base: string) => matchesPattern(pattern.replace(/(.)\/$/, '$1'), path(base));
    for (const { base, charts, origin } of policy.overrides)
      for (const text of charts)
        this.see(policy, { origin, key: 'overrides: charts', text, what: 'chart' }, fits(text, base), [path(base)]);
    for (const { base, charts = [], origin } of policy.ignore)
      for (const text of charts)
        this.see(policy, { origin, key: 'ignore: charts', text, what: 'chart' }, fits(text, base), [path(base)]);
  }

  /** What a chart renders to. `files` are its files as findings name them. */
  release(policy: Policy | undefined, releases: readonly Release[], files: readonly string[]): void {
    if (!policy) return;
    const workloads = releases.flatMap((release) => release.workloads);
    const containers = workloads.flatMap(({ pod }) => pod.containers);
    const commands = containers.flatMap(({ understanding }) => understanding.commands);
    const names = workloads.filter(({ kind }) => !/^(?:Cron)?Job$/.test(kind)).map(({ name }) => name);
    const resources = releases.flatMap((release) => release.resources.map(({ kind, name }) => `${kind}/${name}`));
    for (const { base, files: patterns = [], origin } of policy.ignore) {
      const paths = files.map((file) => relative(base, resolve(this.cwd, file)).replaceAll('\\', '/'));
      for (const text of patterns)
        this.see(
          policy,
          { origin, key: 'ignore: files', text, what: 'file' },
          paths.some((path) => matchesPattern(text, path)),
          paths,
        );
    }
    for (const service of policy.services) {
      for (const text of service.workloads ?? [])
        this.see(
          policy,
          { origin: service.origin, key: 'services: workloads', text, what: 'workload' },
          names.some((name) => wildcard(text, name)),
          names,
        );
      if (!releases.some((release) => jobsOfService(service, release).length > 0)) continue;
      for (const text of service.needs ?? [])
        if (/^[A-Z]\w*\/./.test(text))
          this.see(
            policy,
            { origin: service.origin, key: 'services: needs', text, what: 'resource', onlyNear: true },
            resources.includes(text),
            resources.filter((one) => one.startsWith(`${text.split('/')[0]}/`)),
          );
    }
    for (const { match, image, origin } of policy.commands) {
      if (match !== undefined) {
        const words = match.trim().split(/\s+/).length;
        this.see(
          policy,
          { origin, key: 'commands: match', text: match, what: 'command' },
          commands.some((command) => matchesCommand(match, command)),
          commands.map(({ argv }) => argv.slice(0, words).join(' ')),
        );
      }
      if (image !== undefined) {
        const images = containers.map(({ repository }) => repository);
        this.see(
          policy,
          { origin, key: 'commands: image', text: image, what: 'image' },
          images.some((one) => wildcard(image, one)),
          images,
        );
      }
    }
  }

  /** What was seen so far, as plain data. */
  seen(): SeenPattern[] {
    return [...this.patterns.values()].map((one) => ({ ...one, candidates: [...one.candidates] }));
  }

  /** Adds what another run saw of a part of the charts. */
  add(seen: readonly SeenPattern[]): void {
    for (const { matched, candidates, ...pattern } of seen) this.note(pattern, matched, candidates);
  }

  /** A line for each pattern that matched nothing. */
  unmatched(): { message: string; policy: string }[] {
    return [...this.patterns.values()]
      .filter(({ matched }) => !matched)
      .flatMap(({ origin, policy, key, text, what, candidates, onlyNear }) => {
        const nearest = near(text, candidates);
        if (onlyNear && nearest === '') return [];
        return { message: `${origin}: ${key}: ${JSON.stringify(text)} matches no ${what}${nearest}`, policy };
      });
  }

  private see(
    policy: Policy,
    pattern: Pick<Pattern, 'origin' | 'key' | 'text' | 'what'> & { onlyNear?: boolean },
    matched: boolean,
    candidates: readonly string[],
  ): void {
    // What another file brings holds for other charts too.
    if (resolve(this.cwd, pattern.origin.replace(/:\d+$/, '')) !== policy.file) return;
    this.note({ onlyNear: false, ...pattern, policy: policy.file }, matched, candidates);
  }

  private note(
    pattern: Omit<Pattern, 'matched' | 'candidates'>,
    matched: boolean,
    candidates: readonly string[],
  ): void {
    const id = JSON.stringify([pattern.origin, pattern.key, pattern.text]);
    const known = this.patterns.get(id) ?? { ...pattern, matched: false, candidates: new Set() };
    known.matched ||= matched;
    for (const one of candidates) if (known.candidates.size < mostCandidates) known.candidates.add(one);
    this.patterns.set(id, known);
  }
}

/** Whether paths that are linted hold all charts that a policy is found for: those in its folder and below. */
export function coversPolicy(paths: readonly string[], policy: string, cwd: string): boolean {
  return paths.some((path) => isInside(resolve(cwd, path), dirname(policy)));
}
