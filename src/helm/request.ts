import { isAbsolute } from 'node:path';
import type { HelmAccess } from './environment.ts';
import { HelmError } from './error.ts';

/** One of Helm's options that set values, with its text as Helm takes it. */
export interface SetOption {
  flag: '--set' | '--set-string' | '--set-file' | '--set-json';
  value: string;
}

/** One call of `helm template`. */
export interface TemplateRequest {
  /** A folder or `.tgz` on disk; never fetched from a repository. */
  chart: string;
  releaseName: string;
  namespace?: string;
  /** One file (or URL) each, in order of rising precedence. A comma belongs to the name. */
  valuesFiles: string[];
  set: SetOption[];
  kubeVersion?: string;
  apiVersions: string[];
  skipSchemaValidation?: boolean;
  includeCrds?: boolean;
  isUpgrade?: boolean;
  skipTests?: boolean;
  /** Helm prints what it rendered also where that is not valid YAML: {@link HelmError.rendered}. */
  debug?: boolean;
  /** Helm may use the network, for a `$ref` of values.schema.json. */
  allowNetwork?: boolean;
}

// Helm's own rule, pkg/chartutil/validate_name.go.
const releaseName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
// RFC 1123 label, as Kubernetes wants it of a namespace.
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The arguments for `helm`; no value can turn into an option. Throws `other` or `values` for what Helm would misread.
 */
export function templateArguments(request: TemplateRequest): string[] {
  if (!releaseName.test(request.releaseName) || request.releaseName.length > 53) {
    throw new HelmError(
      `release name "${request.releaseName}" is not one Helm takes: lower-case letters, digits, - and ., at most 53`,
      { kind: 'other' },
    );
  }
  if (request.namespace !== undefined && !namespaceName.test(request.namespace)) {
    throw new HelmError(
      `namespace "${request.namespace}" is not a name Kubernetes takes: lower-case letters, digits and -, at most 63`,
      { kind: 'other' },
    );
  }
  const args = ['template'];
  if (request.namespace !== undefined) args.push(`--namespace=${request.namespace}`);
  for (const file of request.valuesFiles) args.push(`--values=${valuesFile(file)}`);
  for (const { flag, value } of request.set) args.push(`${flag}=${value}`);
  if (request.kubeVersion !== undefined) args.push(`--kube-version=${request.kubeVersion}`);
  for (const version of request.apiVersions) args.push(`--api-versions=${version}`);
  if (request.skipSchemaValidation) args.push('--skip-schema-validation');
  if (request.includeCrds) args.push('--include-crds');
  if (request.isUpgrade) args.push('--is-upgrade');
  if (request.skipTests) args.push('--skip-tests');
  if (request.debug) args.push('--debug');
  args.push('--', request.releaseName, chartPath(request.chart));
  return args;
}

/**
 * What a call needs beside the chart: a values file with an address is fetched by Helm or (`secrets://…`) by one of its
 * plugins.
 */
export function accessOf(request: TemplateRequest): HelmAccess {
  const files = [
    ...request.valuesFiles,
    ...request.set.filter(({ flag }) => flag === '--set-file').map(({ value }) => value.slice(value.indexOf('=') + 1)),
  ];
  return {
    plugins: files.some((file) => /^(?!https?:|oci:|file:)[a-z][a-z0-9+.-]*:\/\//i.test(file)),
    network: request.allowNetwork === true || files.some((file) => /^(?:https?|oci):/i.test(file)),
  };
}

/** With a leading `./` Helm looks on disk alone: `-x` is no option, `bitnami/redis` and `oci://…` no address. */
function chartPath(path: string): string {
  return isAbsolute(path) || /^\.\.?([\\/]|$)/.test(path) ? path : `./${path}`;
}

/** `--values` is a comma-separated list to Helm, read as CSV. */
function valuesFile(file: string): string {
  if (file === '' || file === '-')
    throw new HelmError('values are read from files: neither "-" nor an empty name will do', { kind: 'values', file });
  return /[",\r\n]/.test(file) ? `"${file.replaceAll('"', '""')}"` : file;
}

/**
 * The value of `--set-file` with its paths as `absolute` makes them: Helm itself runs elsewhere. Addresses stay as they
 * are.
 */
export function withAbsolutePaths(value: string, absolute: (path: string) => string): string {
  return value.replace(
    /(^|,)((?:[^,=\\]|\\.)*)=((?:[^,\\]|\\.)*)/g,
    (_all, start: string, key: string, path: string) => {
      const plain = path.replace(/\\(.)/g, '$1');
      const found = plain === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(plain) ? plain : absolute(plain);
      return `${start}${key}=${found.replace(/[,\\]/g, '\\$&')}`;
    },
  );
}
