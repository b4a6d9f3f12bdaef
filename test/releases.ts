// Generated releases, without charts.
import fc from 'fast-check';
import { buildRelease, type Release } from '../src/model/index.ts';
import { parseManifest, splitManifests } from '../src/parse/index.ts';

/** A node of a generated release: a hook Job, or a Deployment. */
export interface Node {
  name: string;
  /** `undefined`: an ordinary resource. */
  hook?: { event: 'pre-install' | 'post-install'; weight: number };
  /** Services that an init container waits for, by index of the node that serves them. */
  waits: number[];
  /** ConfigMaps that the pod needs, by index of the node that brings them. */
  needs: number[];
}

const node = (count: number): fc.Arbitrary<Node> =>
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    hook: fc.option(
      fc.record({
        event: fc.constantFrom('pre-install' as const, 'post-install' as const),
        weight: fc.integer({ min: -2, max: 2 }),
      }),
      { nil: undefined, freq: 3 },
    ),
    waits: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
    needs: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
  });

/** Releases of up to six nodes. */
export const graphs = fc
  .integer({ min: 1, max: 6 })
  .chain((count) => fc.array(node(count), { minLength: count, maxLength: count }))
  .map((nodes) => nodes.map((one, index) => ({ ...one, name: `${one.name}${index}` })));

/** Every node is a Job (hook) or a Deployment, with a Service before it and a ConfigMap of its own event. */
export function render(nodes: readonly Node[], rename = (name: string) => name): string {
  return nodes
    .map(({ name, hook, waits, needs }) => {
      const annotations = hook
        ? `  annotations: {helm.sh/hook: ${hook.event}, helm.sh/hook-weight: "${hook.weight}"}\n`
        : '';
      const init = waits
        .map(
          (index) =>
            `        - {name: wait-${index}, image: busybox, command: [sh, -c, "until nc -z ${rename(nodes[index]!.name)} 80; do sleep 1; done"]}`,
        )
        .join('\n');
      const env = needs.map((index) => `            - configMapRef: {name: ${rename(nodes[index]!.name)}}`).join('\n');
      const pod = `  template:
    metadata: {labels: {app: ${rename(name)}}}
    spec:
      restartPolicy: ${hook ? 'Never' : 'Always'}
${init ? `      initContainers:\n${init}\n` : ''}      containers:
        - name: main
          image: registry.example/x
${env ? `          envFrom:\n${env}\n` : ''}`;
      const workload = hook
        ? `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${rename(name)}\n${annotations}spec:\n${pod}`
        : `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${rename(name)}\nspec:\n  selector: {matchLabels: {app: ${rename(name)}}}\n${pod}`;
      return `---\n${workload}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: ${rename(name)}\nspec:\n  selector: {app: ${rename(name)}}\n  ports: [{port: 80}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${rename(name)}\n${annotations}data: {K: v}\n`;
    })
    .join('');
}

/** The release that a stream of YAML is. */
export function release(yaml: string): Release {
  const resources = splitManifests(yaml, 'generated').flatMap((manifest) => parseManifest(manifest).resources);
  return buildRelease({ name: 'r', namespace: 'default', resources });
}
