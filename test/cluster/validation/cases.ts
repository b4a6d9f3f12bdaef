// One wrong object for each kind of thing that the API server refuses, and what it says. The valid objects around them
// are the right ones. Tests compare what we say; `npm run validation -- --cases` asks a real server.
import type { Loose } from '../../proof/kinds.ts';
import { validObjects } from './valid.ts';

/** A wrong object. */
export interface Case {
  object: Loose;
  /** What the server says, as far as it does not depend on the server. */
  says: string;
  /** Refused by server-side apply only. */
  applied?: true;
}

const pod = (object: Loose): Loose =>
  object.kind === 'Pod'
    ? object.spec
    : object.kind === 'CronJob'
      ? object.spec.jobTemplate.spec.template.spec
      : object.spec.template.spec;
const main = (object: Loose): Loose => pod(object).containers[0];

function wrong(kind: string, says: string, change: (object: Loose) => unknown, applied?: true): Case {
  const [of, name] = kind.split(' ');
  const object = structuredClone(
    validObjects.find((one) => one.kind === of && (name === undefined || one.metadata.name === name))!,
  );
  change(object);
  return { object, says, ...(applied && { applied }) };
}

const notLabel = 'a valid label must be an empty string or consist of alphanumeric characters';

/** All of them. */
export const cases: readonly Case[] = [
  wrong('Deployment', notLabel, (one) => (one.metadata.labels.version = '1.0.0+build.5')),
  wrong('Deployment', 'must be no more than 63 characters', (one) => (one.metadata.labels.x = 'x'.repeat(64))),
  wrong('ConfigMap', 'name part must consist of', (one) => (one.metadata.labels['a b'] = 'x')),
  wrong('ConfigMap', 'name part must consist of', (one) => (one.metadata.annotations['-a'] = 'x')),
  wrong('ConfigMap', 'a lowercase RFC 1123 subdomain must consist of', (one) => (one.metadata.name = 'Shop_Config')),
  wrong('CronJob', 'must be no more than 52 characters', (one) => (one.metadata.name = 'x'.repeat(53))),
  wrong('Job', 'must be no more than 63 characters', (one) => (one.metadata.name = 'x'.repeat(64))),
  wrong('StatefulSet', 'must be no more than 63 characters', (one) => (one.metadata.name = 'x'.repeat(64))),
  wrong('Service', 'a DNS-1035 label must consist of', (one) => (one.metadata.name = '1-shop')),
  wrong('Deployment', 'must be no more than 15 characters', (one) => (main(one).ports[0].name = 'health-check-port')),
  wrong('Deployment', 'must contain only alpha-numeric characters', (one) => (main(one).ports[0].name = 'Http')),
  wrong('Deployment', 'Duplicate value: "http"', (one) => (main(one).ports[1].name = 'http')),
  wrong('Deployment', 'must be between 1 and 65535', (one) => (main(one).ports[0].containerPort = 70_000)),
  wrong('Deployment', 'supported values: "SCTP", "TCP", "UDP"', (one) => (main(one).ports[0].protocol = 'HTTP')),
  wrong('Deployment', 'duplicate entries for key', (one) => main(one).ports.push({ containerPort: 8080 }), true),
  wrong('Deployment', 'must be unique', (one) => (main(one).volumeMounts[1].mountPath = '/data')),
  wrong('Deployment', 'Not found: "nothing"', (one) => (main(one).volumeMounts[0].name = 'nothing')),
  wrong('Deployment', "must not contain '..'", (one) => (main(one).volumeMounts[0].subPath = '../x')),
  wrong(
    'Deployment',
    'may not specify more than 1 volume type',
    (one) => (pod(one).volumes[0].secret = { secretName: 'x' }),
  ),
  wrong('Deployment', 'Duplicate value: "data"', (one) => pod(one).volumes.push({ name: 'data', emptyDir: {} })),
  wrong('Deployment', "printable ASCII characters other than '='", (one) => (main(one).env[0].name = 'A=b')),
  wrong('Deployment', 'may not be specified when `value` is not empty', (one) => (main(one).env[1].value = 'x')),
  wrong('Deployment', 'must specify one of: `fieldRef`', (one) => (main(one).env[1].valueFrom = {})),
  wrong(
    'Deployment',
    'duplicate entries for key [name="A"]',
    (one) => main(one).env.push({ name: 'A', value: 'y' }),
    true,
  ),
  wrong(
    'Deployment',
    'must be less than or equal to memory limit',
    (one) => (main(one).resources.requests.memory = '1Gi'),
  ),
  wrong(
    'Deployment',
    'must be less than or equal to memory limit of 0',
    (one) => (main(one).resources.limits.memory = null),
  ),
  wrong(
    'Deployment',
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.'",
    (one) => (pod(one).dnsConfig = { searches: ['_a.example', '.', 'b.example.', 'Bad.example'] }),
  ),
  wrong('Deployment', 'must be a standard resource for containers', (one) => (main(one).resources.limits.mem = '1Gi')),
  wrong(
    'Deployment',
    'quantities must match the regular expression',
    (one) => (main(one).resources.limits.memory = '1GB'),
  ),
  wrong('Deployment', 'must specify a handler type', (one) => (main(one).readinessProbe = { periodSeconds: 5 })),
  wrong(
    'Deployment',
    'may not specify more than 1 handler type',
    (one) => (main(one).livenessProbe.tcpSocket = { port: 80 }),
  ),
  wrong('Deployment', 'must be 1', (one) => (main(one).livenessProbe.successThreshold = 2)),
  wrong('Deployment', 'must be between 1 and 65535', (one) => (main(one).readinessProbe.httpGet.port = 0)),
  wrong(
    'Deployment',
    'may not be set for init containers without restartPolicy=Always',
    (one) => (pod(one).initContainers[0].readinessProbe = { exec: { command: ['true'] } }),
  ),
  wrong('Deployment', 'Duplicate value: "main"', (one) => (pod(one).initContainers[0].name = 'main')),
  wrong(
    'Deployment',
    'supported values: "Always", "IfNotPresent", "Never"',
    (one) => (main(one).imagePullPolicy = 'always'),
  ),
  wrong('Deployment', 'Required value', (one) => delete main(one).image),
  wrong('Deployment', 'supported values: "Always"', (one) => (pod(one).restartPolicy = 'Never')),
  wrong(
    'Deployment',
    '`selector` does not match template `labels`',
    (one) => (one.spec.selector.matchLabels.tier = 'x'),
  ),
  wrong('Deployment', 'Required value', (one) => delete one.spec.selector),
  wrong('Deployment', 'may not be 0 when `maxSurge` is 0', (one) => (one.spec.strategy.rollingUpdate.maxSurge = 0)),
  wrong(
    'Deployment',
    "may not be specified when strategy `type` is 'Recreate'",
    (one) => (one.spec.strategy.type = 'Recreate'),
  ),
  wrong('Deployment', 'must be greater than minReadySeconds', (one) => (one.spec.minReadySeconds = 600)),
  wrong('Deployment', 'must be greater than or equal to 0', (one) => (one.spec.replicas = -1)),
  wrong(
    'DaemonSet',
    'may not be set when maxUnavailable is non-zero',
    (one) => (one.spec.updateStrategy.rollingUpdate.maxSurge = 1),
  ),
  wrong('StatefulSet', "must be 'OrderedReady' or 'Parallel'", (one) => (one.spec.podManagementPolicy = 'parallel')),
  wrong(
    'StatefulSet',
    'at least 1 access mode is required',
    (one) => delete one.spec.volumeClaimTemplates[0].spec.accessModes,
  ),
  wrong('Job', 'valid values: "OnFailure", "Never"', (one) => delete pod(one).restartPolicy),
  wrong(
    'Job indexed',
    'only "Never" is supported when podFailurePolicy is specified',
    (one) => (pod(one).restartPolicy = 'OnFailure'),
  ),
  wrong('Job', 'requires indexed completion mode', (one) => (one.spec.backoffLimitPerIndex = 1)),
  wrong('Job', 'when completion mode is Indexed', (one) =>
    Object.assign(one.spec, { completionMode: 'Indexed', parallelism: 2 }),
  ),
  wrong('Job', '`selector` not auto-generated', (one) => (one.spec.selector = { matchLabels: { app: 'shop' } })),
  wrong(
    'Job indexed',
    'must be one of the container or initContainer names',
    (one) => (one.spec.podFailurePolicy.rules[0].onExitCodes.containerName = 'x'),
  ),
  wrong('CronJob', 'expected exactly 5 fields, found 4', (one) => (one.spec.schedule = '* * * *')),
  wrong('CronJob', 'above maximum (23)', (one) => (one.spec.schedule = '0 25 * * *')),
  wrong('CronJob', 'unknown time zone', (one) => (one.spec.timeZone = 'Mars/Base')),
  wrong('CronJob', 'supported values: "Allow", "Forbid", "Replace"', (one) => (one.spec.concurrencyPolicy = 'Never')),
  wrong(
    'Pod',
    "value must be empty when `operator` is 'Exists'",
    (one) => (pod(one).tolerations[0].operator = 'Exists'),
  ),
  wrong('Pod', 'must be a valid IP address', (one) => (pod(one).hostAliases[0].ip = 'db')),
  wrong('Pod', 'must be a valid IP address', (one) => (pod(one).hostAliases[0].ip = 'a:b')),
  wrong('Service', 'Required value', (one) => delete one.spec.ports[0].name),
  wrong('Service', 'Duplicate value', (one) => (one.spec.ports[1].port = 80)),
  wrong('Service', "may not be used when `type` is 'ClusterIP'", (one) => (one.spec.ports[0].nodePort = 30_080)),
  wrong('Service', 'must be no more than 15 characters', (one) => (one.spec.ports[0].targetPort = 'health-check-port')),
  wrong('Service outside', 'Required value', (one) => delete one.spec.externalName),
  wrong('Service balanced', 'must be a valid CIDR value', (one) => (one.spec.loadBalancerSourceRanges = ['10.0.0.0'])),
  wrong('Secret tls', 'Required value', (one) => delete one.data['tls.key']),
  wrong('Secret', 'illegal base64 data', (one) => (one.data.password = 'not base64!')),
  wrong('Secret', 'a valid config key must consist of', (one) => (one.data['a b'] = 'YQ==')),
  wrong('ConfigMap', 'a valid config key must consist of', (one) => (one.data['a/b'] = 'x')),
  wrong('PersistentVolumeClaim', 'Required value', (one) => delete one.spec.resources),
  wrong('PersistentVolumeClaim', 'supported values', (one) => (one.spec.accessModes = ['ReadWriteTwice'])),
];
