// Chains of waits that are longer than what is looked at or printed.
import { expect, it } from 'vitest';
import { judge } from '../src/judge.ts';
import { splitManifests } from '../src/parse/index.ts';

/** A Deployment behind a Service of its name, whose pod waits for another Service first. */
const waiting = (name: string, other: string, port = 80) =>
  [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            initContainers: [
              { name: 'wait', image: 'a:1', command: ['sh', '-c', `until nc -z ${other} ${port}; do sleep 1; done`] },
            ],
            containers: [{ name: 'main', image: 'a:1', ports: [{ containerPort: 80 }] }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    },
  ].map((one) => JSON.stringify(one));

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
/** Each waits for the next, the last for the first. */
const cycle = (prefix: string, count: number) =>
  names(prefix, count).flatMap((name, index, all) => waiting(name, all[(index + 1) % count]!));
/** Each waits for the next, the last for a port that its own Service does not forward. */
const chain = (prefix: string, count: number) =>
  names(prefix, count).flatMap((name, index, all) => waiting(name, all[index + 1] ?? name, all[index + 1] ? 80 : 81));

const judged = (documents: readonly string[]) => {
  const manifests = splitManifests(documents.join('\n---\n'), '-');
  return judge({ install: manifests, upgrade: manifests, actions: ['install'] });
};
const cycles = ({ reports }: ReturnType<typeof judged>) => reports.filter(({ rule }) => rule === 'dependency-cycle');

it('reports a long cycle, and prints its beginning and its end', () => {
  const result = judged(cycle('a', 150));
  const [found, ...others] = cycles(result);
  expect(others).toEqual([]);
  expect(found!.message).toBe(
    'Deployments a0, a1, a2 and 147 more wait for each other in a cycle, so none of them can start',
  );
  expect(found!.because).toHaveLength(20);
  expect(found!.because.at(-2)!.message).toMatch(/^and \d+ more links$/);
  expect(found!.because.at(-1)!.message).toContain('waits for this in turn');
  expect(result.unjudged).toEqual([]);
});

it('reports what it gave up to explain: a long cycle beside a longer chain', () => {
  const result = judged([...chain('a', 700), ...cycle('b', 150)]);
  expect(cycles(result)).toEqual([]);
  // With and without --wait; reports join them.
  expect([...new Set(result.unjudged.map(({ message }) => message))]).toEqual([
    expect.stringMatching(/^Why Deployment\/\w+ \(and \d+ more workloads\) cannot become ready was not judged: /),
  ]);
});
