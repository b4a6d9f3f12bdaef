// Writes src/api/schema.generated.js: the fields of the kinds that charts are made of, and their types, read from the
// types of kubernetes-models. node scripts/api-schema.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import ts from 'typescript';

export const target = fileURLToPath(new URL('../src/api/schema.generated.js', import.meta.url));

/** By apiVersion, as they are written in manifests. */
const kinds = {
  v1: [
    'ConfigMap',
    'LimitRange',
    'Namespace',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'ReplicationController',
    'ResourceQuota',
    'Secret',
    'Service',
    'ServiceAccount',
  ],
  'apps/v1': ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  'batch/v1': ['CronJob', 'Job'],
  'autoscaling/v1': ['HorizontalPodAutoscaler'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'networking.k8s.io/v1': ['Ingress', 'IngressClass', 'NetworkPolicy'],
  'node.k8s.io/v1': ['RuntimeClass'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'storage.k8s.io/v1': ['StorageClass'],
};
/** Left open: what an author does not write, and volumes of drivers that are gone. */
const open =
  /^(\w+Status|ManagedFieldsEntry|EphemeralContainer|(AWSElasticBlockStore|AzureDisk|AzureFile|CephFS|Cinder|FC|Flex|Flocker|GCEPersistentDisk|Glusterfs|ISCSI|Local|PhotonPersistentDisk|Portworx|Quobyte|RBD|ScaleIO|StorageOS|VsphereVirtualDisk)(Persistent)?(VolumeSource)?|CSIPersistentVolumeSource)$/;
/** What is base64 in a manifest. */
const bytes = { Secret: ['data'], ConfigMap: ['binaryData'] };
/** Fields of Kubernetes 1.34 and later, which the package does not know yet. */
const newer = {
  PodSpec: ['hostnameOverride', 'workloadRef', 'schedulingGroup'],
  Container: ['restartPolicyRules'],
  EnvVarSource: ['fileKeyRef'],
  VolumeProjection: ['podCertificate'],
};

/**
 * The schema: `kinds` from `apiVersion kind` to a definition, `definitions` from names to fields. A field's type is `s`
 * (string), `i` (integer), `b` (boolean), `q` (quantity), `p` (integer or string), `y` (bytes), `*` (anything), a
 * definition's name, `[T` (a list of T) or `{T` (a map of T).
 */
export function apiSchema() {
  const require = createRequire(import.meta.url);
  const roots = Object.entries(kinds).flatMap(([apiVersion, names]) =>
    names.map((name) => ({
      key: `${apiVersion} ${name}`,
      name,
      file: require.resolve(`kubernetes-models/${apiVersion}/${name}`).replace(/\.js$/, '.d.ts'),
    })),
  );
  const program = ts.createProgram(
    roots.map(({ file }) => file),
    {
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      module: ts.ModuleKind.ESNext,
      strict: true,
      skipLibCheck: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  const definitions = {};
  const names = new Map();

  /** Two groups may have a type of one name: the second gets a number. */
  function nameOf(symbol, plain) {
    if (!names.has(symbol)) {
      const taken = new Set(names.values());
      let name = plain;
      for (let count = 2; taken.has(name); count += 1) name = `${plain}${count}`;
      names.set(symbol, name);
    }
    return names.get(symbol);
  }

  function define(type, plain) {
    if (open.test(plain)) return '*';
    const name = nameOf(type.symbol, plain);
    if (!definitions[name]) {
      definitions[name] = {};
      for (const property of checker.getPropertiesOfType(type))
        definitions[name][property.name] = convert(checker.getTypeOfSymbol(property), property);
      for (const field of bytes[plain] ?? []) definitions[name][field] = '{y';
      for (const field of newer[plain] ?? []) definitions[name][field] = '*';
    }
    return name;
  }

  function convert(written, property) {
    const type = checker.getNonNullableType(written);
    if (type.flags & ts.TypeFlags.StringLike) return 's';
    if (type.flags & ts.TypeFlags.NumberLike) return 'i';
    if (type.flags & ts.TypeFlags.BooleanLike) return 'b';
    if (type.isUnion()) {
      if (type.types.every((part) => part.flags & ts.TypeFlags.StringLike)) return 's';
      return /IntOrString/.test(property?.valueDeclaration?.getText() ?? '') ? 'p' : 'q';
    }
    if (checker.isArrayType(type)) return `[${convert(checker.getTypeArguments(type)[0], property)}`;
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (index) return index.type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown) ? '*' : `{${convert(index.type)}`;
    const name = type.symbol?.name ?? '';
    // The package writes these out where they are used.
    if (property?.name === 'volumeClaimTemplates') return 'PersistentVolumeClaim';
    return /^I[A-Z]/.test(name) ? define(type, name.slice(1)) : '*';
  }

  const found = {};
  for (const { key, name, file } of roots) {
    const declared = program
      .getSourceFile(file)
      .statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === `I${name}`);
    found[key] = define(checker.getTypeAtLocation(declared), name);
  }
  return { kinds: found, definitions };
}

/** The text of the generated file. */
export async function generate() {
  const { kinds: found, definitions } = apiSchema();
  const { code } = await transform(
    `export const kinds = ${JSON.stringify(found)}; export const definitions = ${JSON.stringify(definitions)};`,
    { minify: true, format: 'esm', target: 'node20', charset: 'utf8' },
  );
  return `// Generated by scripts/api-schema.mjs from kubernetes-models; do not edit.\n${code.trim()}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await generate());
