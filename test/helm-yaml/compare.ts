import { spawnSync } from 'node:child_process';
import { hookOf } from '../../src/model/hook.ts';
import { parseManifest, splitManifests, type Resource } from '../../src/parse/index.ts';

/** What Helm's library (test/helm-yaml/v3, v4) answers about one file of templates. */
export interface Answer {
  hooks: { kind: string; name: string; events: string[]; weight: number; policies: string[]; text: string }[] | null;
  ordinary: { kind: string; name: string; text: string }[] | null;
  /** Why Helm refuses the file. */
  error?: string;
  /** The first document of the file, read by sigs.k8s.io/yaml. */
  value?: unknown;
  /** Why that refuses it. */
  refused?: string;
}

/** Asks Helm's library about files of templates. Throws when it does not answer each. */
export function ask(program: string, files: readonly string[]): Answer[] {
  const { stdout, stderr } = spawnSync(program, {
    input: files.map((file) => `${JSON.stringify(file)}\n`).join(''),
    maxBuffer: 2 ** 30,
    encoding: 'utf8',
  });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  if (answers.length !== files.length) throw new Error(`${answers.length} answers to ${files.length} files: ${stderr}`);
  return answers;
}

/** A hook or an ordinary resource in one line, so that lists of them can be compared. */
export interface Seen {
  hooks: string[];
  ordinary: string[];
  /** Reasons of what is not judged. */
  unread: string[];
}

const policiesKnown = ['before-hook-creation', 'hook-succeeded', 'hook-failed'];

/** What Helm sees, in our words. */
export function seenByHelm(answer: Answer): Seen {
  return {
    hooks: (answer.hooks ?? []).map(({ kind, name, events, weight, policies }) =>
      JSON.stringify([kind, name, events, weight, policiesKnown.filter((known) => policies.includes(known))]),
    ),
    ordinary: (answer.ordinary ?? [])
      .filter(({ kind }) => kind !== '')
      .map(({ kind, name }) => JSON.stringify([kind, name])),
    unread: [],
  };
}

/** What Helm prints of a file: each document behind a line with its source. */
export function printed(answer: Answer): string {
  return [...(answer.hooks ?? []), ...(answer.ordinary ?? [])]
    .map(({ text }) => `---\n# Source: c/templates/x.yaml\n${text}\n`)
    .join('');
}

/** What we see in a stream that Helm printed. */
export function seenByUs(stream: string): Seen {
  const seen: Seen = { hooks: [], ordinary: [], unread: [] };
  for (const manifest of splitManifests(stream, 'chart')) {
    const { resources, unread } = parseManifest(manifest);
    seen.unread.push(...unread.map(({ reason }) => reason));
    for (const top of new Set<Resource>(resources.map((resource) => resource.top))) {
      const hook = hookOf(top);
      if (hook) {
        const written = hook.writtenPolicies ? policiesKnown.filter((known) => hook.policies.has(known as never)) : [];
        seen.hooks.push(
          JSON.stringify([
            top.kind,
            top.name,
            hook.events.map((event) => (event === 'test-success' ? 'test' : event)),
            hook.weight,
            written,
          ]),
        );
      } else seen.ordinary.push(JSON.stringify([top.kind, top.name]));
    }
  }
  return seen;
}

/** What one has and the other does not, as lines for people; none where both see the same. */
export function differences(helm: Seen, us: Seen): string[] {
  const missing = (of: readonly string[], from: readonly string[]) => {
    const left = [...from];
    return of.filter((one) => {
      const at = left.indexOf(one);
      if (at !== -1) left.splice(at, 1);
      return at === -1;
    });
  };
  return [
    ...missing(helm.hooks, us.hooks).map((one) => `Helm sees the hook ${one}`),
    ...missing(us.hooks, helm.hooks).map((one) => `we see the hook ${one}`),
    ...missing(helm.ordinary, us.ordinary).map((one) => `Helm sees the resource ${one}`),
    ...missing(us.ordinary, helm.ordinary).map((one) => `we see the resource ${one}`),
  ];
}
