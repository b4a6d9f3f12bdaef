import {
  defineRule,
  describe,
  groupBy,
  list,
  map,
  placeIn,
  rowAt,
  scriptIn,
  str,
  type Release,
  type Service,
  type Step,
  type Workload,
} from '../src/rule.ts';

export const serviceLink = defineRule({
  id: 'service-link',
  title: 'Kubernetes sets a variable that a script reads',
  severity: 'warning',
  preset: 'recommended',
  why: `For each Service of its namespace, Kubernetes sets variables in every container that starts after it. Of a Service
    \`redis\` these are \`REDIS_SERVICE_HOST\`, \`REDIS_SERVICE_PORT\` and \`REDIS_PORT\`, which is not a number but
    \`tcp://10.96.0.7:6379\`. A script with \`\${REDIS_PORT:-6379}\` never uses its default: \`nc\` answers "bad port",
    and a wait never ends.`,
  fix: 'Set the variable in `env`, which takes precedence, or write `enableServiceLinks: false` in the pod.',
  off: 'When the script reads the address as Kubernetes writes it.',
  see: [
    'https://kubernetes.io/docs/tutorials/services/connect-applications-service/#accessing-the-service',
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec',
    'https://github.com/kubernetes/kubernetes/issues/60099',
  ],
  *check({ release, timeline, action }) {
    let linked: ReadonlyMap<string, readonly Service[]> | undefined;
    for (const workload of release.workloads) {
      const { pod, namespace, resource } = workload;
      if (pod.spec['enableServiceLinks'] === false) continue;
      for (const container of pod.containers) {
        const script = scriptIn(container);
        if (!script) continue;
        const { at, text } = script;
        for (const name of new Set([...text.matchAll(variable)].map((read) => read[1]!))) {
          const offset = readAt(name, text);
          if (offset === -1 || container.env.has(name) || isSet(name, text)) continue;
          const step = timeline.steps.find(({ hook }) => hook?.resource === resource);
          const service = (linked ??= groupBy(release.services.filter(isLinked), variableOf))
            .get(name)
            ?.find((one) => one.namespace === namespace && isBefore(one, step, release, action));
          if (!service || hasMore(workload, container.path, release)) continue;
          yield {
            at: placeIn(resource, container, { at, ...rowAt(text, offset) }),
            message: `Container ${container.name} of ${describe(workload)} reads ${name}, which Kubernetes sets to \`tcp://…:${service.ports[0]!.port}\` for ${describe(service.resource)}: it is no port number`,
            because: [
              { message: `${describe(service.resource)} makes it`, at: service.resource.place('metadata', 'name') },
            ],
            resource,
            help: `Write \`enableServiceLinks: false\` in the pod of ${describe(workload)}, or set ${name} in \`env\`.`,
          };
        }
      }
    }
  },
});

/** What a script reads that may be such a variable. */
const variable = /\$\{?([A-Z][A-Z0-9_]*_PORT)(?!\w)/g;

/** The variable that looks like a port. */
function variableOf({ resource }: Service): string {
  return `${resource.name.toUpperCase().replaceAll('-', '_')}_PORT`;
}

/** Whether Kubernetes makes variables for a Service: those with an address of their own. */
function isLinked({ headless, externalName, ports, resource }: Service): boolean {
  return !headless && externalName === undefined && ports.length > 0 && /^[a-z][a-z0-9-]*$/.test(resource.name);
}

/** Whether the Service is there when the pod starts: not for a hook of the first install, unless it is an earlier one. */
function isBefore({ resource }: Service, step: Step | undefined, release: Release, action: string): boolean {
  return action === 'upgrade' || step?.phase !== 'pre' || release.hookFor(resource) !== undefined;
}

/** Whether the container gets variables that the chart does not show. */
function hasMore({ resource, namespace }: Workload, path: readonly (string | number)[], release: Release): boolean {
  return list(map(resource.get(...path))['envFrom']).some((item) =>
    (
      [
        ['configMapRef', 'ConfigMap'],
        ['secretRef', 'Secret'],
      ] as const
    ).some(([key, kind]) => {
      const name = str(map(map(item)[key])['name']);
      return name !== undefined && release.find(kind, name, namespace).length === 0;
    }),
  );
}

/** Where a script reads a variable as it is: not the parts of an address, and not where it asks only whether it is set. */
function readAt(name: string, text: string): number {
  return text.search(new RegExp(`\\$(?:${name}(?!\\w)|\\{${name}(?=\\}|:?-))`));
}

/** Whether a script gives it a value of its own, or takes the address apart. */
function isSet(name: string, text: string): boolean {
  const assigned = new RegExp(`(?:^|[\\s;&|(])${name}=(?!"?\\$\\{?${name}(?!\\w))`, 'm');
  const taken = new RegExp(`\\$\\{${name}(?:[#%/]|:(?![-=?+]))|\\bread\\b[^\\n]*\\b${name}\\b`);
  return assigned.test(text) || taken.test(text) || text.includes('tcp://');
}
