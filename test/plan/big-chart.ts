import { scratchChart } from '../chart/scratch.ts';

/**
 * A chart of many services with at least `resources` resources: twenty hooks that wait for Services, in folders of
 * their own. Its path.
 */
export function bigChart(resources: number): string {
  const services = Math.ceil((resources - 20) / 7);
  const service = (index: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: service-${index} }
spec:
  selector: { matchLabels: { app: service-${index} } }
  template:
    metadata: { labels: { app: service-${index} } }
    spec:
      ${index === 0 ? '' : `initContainers: [{ name: wait, image: busybox, command: [sh, -c, "until nc -z service-${Math.floor(index / 3)} 80; do sleep 1; done"] }]`}
      containers:
        - name: main
          image: example/service-${index}
          ports: [{ containerPort: 80 }]
          envFrom: [{ secretRef: { name: secret-${index} } }, { configMapRef: { name: config-${index} } }]
---
apiVersion: v1
kind: Service
metadata: { name: service-${index} }
spec: { selector: { app: service-${index} }, ports: [{ port: 80 }] }
${['Secret', 'ConfigMap', 'ServiceAccount', 'PersistentVolumeClaim', 'Endpoints']
  .map(
    (kind) =>
      `---\napiVersion: v1\nkind: ${kind}\nmetadata: { name: ${kind === 'ConfigMap' ? 'config' : kind.toLowerCase()}-${index} }\n`,
  )
  .join('')}`;
  const hook = (index: number) => `
apiVersion: batch/v1
kind: Job
metadata:
  name: service-${index}-migrations
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "${index}" }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      initContainers: [{ name: wait, image: busybox, command: [sh, -c, "until nc -z service-${index * 2} 80; do sleep 1; done"] }]
      containers: [{ name: migrate, image: example/service-${index}, command: [alembic, upgrade, head] }]
`;
  return scratchChart(
    Object.fromEntries([
      ...[...Array(services).keys()].map((index) => [`templates/service-${index}.yaml`, service(index)] as const),
      ...[...Array(20).keys()].map((index) => [`templates/migrations/job-${index}.yaml`, hook(index)] as const),
    ]),
  );
}
