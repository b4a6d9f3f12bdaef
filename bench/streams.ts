// Inputs of any size, alike in everything but their size: for `npm run bench` and for the test that counts steps.
// node scripts/ts.mjs bench/streams.ts NAME COUNT prints one.
import { fileURLToPath } from 'node:url';

const times = (count: number, make: (n: number) => string, between = '') =>
  Array.from({ length: count }, (_, n) => make(n)).join(between);

const indent = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));

const container = (name: string, rest = '') => `- name: ${name}
  image: registry.example/${name}:1.0.0
${indent(rest, 2)}`;

function job(name: string, options: { hook?: string; init?: string; main?: string; volumes?: string } = {}): string {
  const { hook, init = '', main = container('main', 'command: [alembic, upgrade, head]\n'), volumes = '' } = options;
  const annotations = hook ? `  annotations:\n    helm.sh/hook: ${hook}\n` : '';
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
${annotations}spec:
  backoffLimit: 3
  template:
    spec:
      restartPolicy: Never
${init && `      initContainers:\n${indent(init, 8)}`}      containers:
${indent(main, 8)}${volumes && `      volumes:\n${indent(volumes, 8)}`}`;
}

const deployment = (name: string, rest = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
${indent(container('main', rest), 8)}`;

const service = (name: string) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector:
    app: ${name}
  ports:
    - port: 5432
`;

const config = (name: string, data: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
${indent(data, 2)}`;

const shell = (text: string) => `command:\n  - sh\n  - -c\n  - |\n${indent(text, 4)}\n`;
const waitFor = (host: string, port = 5432) => `until nc -z ${host} ${port}; do sleep 1; done\n`;

/**
 * Nine documents of a service as charts have them: a migration that waits for the database, a Deployment that waits for
 * the migration.
 */
function unit(n: number): string[] {
  const name = `svc-${n}`;
  const refs = `envFrom:
  - configMapRef:
      name: ${name}-config
env:
  - name: DATABASE_URL
    value: postgres://app@${name}-db:5432/app
  - name: PASSWORD
    valueFrom:
      secretKeyRef:
        name: ${name}
        key: password
`;
  return [
    `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n`,
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\nstringData:\n  password: x\n`,
    config(
      `${name}-config`,
      times(20, (key) => `KEY_${key}: "value of ${name}"\n`),
    ),
    service(`${name}-db`),
    deployment(`${name}-db`, 'ports:\n  - containerPort: 5432\n'),
    service(name),
    deployment(name, refs),
    job(`${name}-migrate`, {
      hook: 'post-install,post-upgrade',
      init: container('wait', shell(waitFor(`${name}-db`))),
      main: container('migrate', `${refs}command: [alembic, upgrade, head]\n`),
    }),
    job(`${name}-seed`, { init: container('wait', shell(waitFor(n === 0 ? 'svc-0' : `svc-${n - 1}`))) }),
  ];
}

const documents = (count: number, make: (n: number) => string) => times(count, (n) => `---\n${make(n)}`);

/** By what grows: a stream of manifests in which there are `count` of it. */
export const streams: Readonly<Record<string, (count: number) => string>> = {
  documents: (count) =>
    Array.from({ length: Math.ceil(count / 9) }, (_, n) => unit(n))
      .flat()
      .slice(0, count)
      .map((text) => `---\n${text}`)
      .join(''),
  'hooks that wait alike': (count) =>
    `---\n${service('db')}---\n${deployment('db')}${documents(count, (n) =>
      job(`hook-${n}`, { hook: 'pre-install,pre-upgrade', init: container('wait', shell(waitFor('db'))) }),
    )}`,
  'hooks with a Secret each': (count) =>
    documents(
      Math.ceil(count / 2),
      (n) => `apiVersion: v1
kind: Secret
metadata:
  name: s-${n}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-1"
---
${job(`hook-${n}`, {
  hook: 'pre-install,pre-upgrade',
  main: container('main', `envFrom:\n  - secretRef:\n      name: s-${n}\ncommand: [alembic, upgrade, head]\n`),
})}`,
    ),
  'Deployments in a chain': (count) =>
    documents(Math.ceil(count / 2), (n) => {
      const wait = shell(`${waitFor(`chain-${n + 1}`)}exec server\n`);
      return `${service(`chain-${n}`)}---\n${deployment(`chain-${n}`, wait)}`;
    }),
  'Deployments behind one Service': (count) =>
    `---\n${service('app')}${documents(count, (n) =>
      deployment(`app-${n}`, shell(waitFor('app'))).replace(/^( {8}app): .*$/gm, '$1: app'),
    )}`,
  'Jobs tied by nothing': (count) =>
    documents(Math.ceil(count / 2), (n) => `${job(`job-${n}`, { hook: 'pre-upgrade' })}---\n${deployment(`app-${n}`)}`),
  containers: (count) =>
    `---\n${job('many', { main: times(count, (n) => container(`c-${n}`, shell(waitFor('db')))) })}`,
  'environment variables': (count) =>
    `---\n${job('many', {
      main: container(
        'main',
        `command: [alembic, upgrade, head]\nenv:\n${times(count, (n) => `  - name: V${n}\n    value: x$(V${n - 1})\n`)}`,
      ),
    })}`,
  waits: (count) => `---\n${job('many', { main: container('main', shell(times(count, (n) => waitFor(`db-${n}`)))) })}`,
  'Jobs waited for by one': (count) =>
    `---\n${job('last', {
      main: container('main', shell(times(count, (n) => `kubectl wait --for=condition=complete job/j-${n}\n`))),
    })}${documents(count, (n) => job(`j-${n}`))}`,
  volumes: (count) =>
    `---\n${job('many', {
      main: container('main', 'command: [alembic, upgrade, head]\n'),
      volumes: times(count, (n) => `- name: v-${n}\n  configMap:\n    name: c-${n}\n`),
    })}${documents(count, (n) => config(`c-${n}`, 'a: b\n'))}`,
  directives: (count) =>
    `---\n${times(count, (n) => `# migrate-lint-disable-next-line backoff-limit -- ${n}\n`)}${job('one')}`,
  'shell lines': (count) =>
    `---\n${job('many', { main: container('main', shell(times(count, (n) => `echo ${n} && A=$B\n`))) })}`,
  'one shell line': (count) =>
    `---\n${job('many', { main: container('main', shell(`${times(count, (n) => `echo ${n}`, ' && ')}\n`)) })}`,
  'shell functions': (count) =>
    `---\n${job('many', {
      main: container('main', shell(times(count, (n) => `f${n}() { nc -z db 5432; }\nf${n}\n`))),
    })}`,
  'nested shell': (count) =>
    `---\n${job('many', {
      main: container('main', shell(`${times(count, () => 'if true; then ')}echo x${times(count, () => '; fi')}\n`)),
    })}`,
  'nested YAML': (count) => `---\n${config('deep', `a: ${'['.repeat(count)}${']'.repeat(count)}\n`)}`,
  'lines of a ConfigMap': (count) =>
    `---\n${config('long', `text: |\n${times(count, (n) => `  line ${n}\n`)}`)}---\n${job('one')}`,
  annotations: (count) =>
    `---\n${job('many').replace('metadata:\n', `metadata:\n  annotations:\n${times(count, (n) => `    example.com/a-${n}: b\n`)}`)}`,
  'RoleBindings and waits by kubectl': (count) =>
    documents(Math.ceil(count / 3), (n) =>
      [
        `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: role-${n}
rules:
  - apiGroups: [batch]
    resources: [jobs]
    verbs: [get, list, watch]
`,
        `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: bind-${n}
roleRef:
  kind: Role
  name: role-${n}
subjects:
  - kind: ServiceAccount
    name: account-${n}
`,
        job(`job-${n}`, {
          init: container('wait', shell(`kubectl wait --for=condition=complete job/job-${n - 1}\n`)),
        }).replace('      restartPolicy', `      serviceAccountName: account-${n}\n      restartPolicy`),
      ].join('---\n'),
    ),
};

if (process.argv[1] === fileURLToPath(import.meta.url) || process.argv[1]?.endsWith('bench/streams.ts')) {
  const [name = 'documents', count = '1000'] = process.argv.slice(2);
  process.stdout.write(streams[name]!(Number(count)));
}
