// What the API server takes for a name, a label, a port and so on, in its own words
// (k8s.io/apimachinery/pkg/util/validation).

import { isIPv6 } from './ipv6.ts';

/** What is wrong with a value, as the API server says it behind the path; `undefined` where nothing is. */
export type Format = (value: unknown) => string | undefined;

const maxShown = 80;

/** `Invalid value: "x": must be …` */
export function invalid(value: unknown, detail: string): string {
  const shown = JSON.stringify(value) ?? 'null';
  return `Invalid value: ${shown.length > maxShown ? `${shown.slice(0, maxShown)}…` : shown}: ${detail}`;
}

/** `Required value`, with what the server adds. */
export function required(detail = ''): string {
  return detail ? `Required value: ${detail}` : 'Required value';
}

/** A format of strings by what is wrong with one; other values are faults of the type. */
function ofText(fault: (value: string) => string | undefined): Format {
  return (value) => {
    const detail = typeof value === 'string' ? fault(value) : undefined;
    return detail === undefined ? undefined : invalid(value, detail);
  };
}

/** A format of numbers. */
function ofNumber(holds: (value: number) => boolean, detail: string): Format {
  return (value) => (typeof value === 'number' && !holds(value) ? invalid(value, detail) : undefined);
}

const atMost = (length: number) => `must be no more than ${length} characters`;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export function labelFault(value: string): string | undefined {
  if (value.length > 63) return atMost(63);
  if (label.test(value)) return undefined;
  return subdomain.test(value)
    ? 'must not contain dots'
    : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
}

export function subdomainFault(value: string): string | undefined {
  if (value.length > 253) return atMost(253);
  return subdomain.test(value)
    ? undefined
    : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
}

export function qualifiedNameFault(value: string): string | undefined {
  const parts = value.split('/');
  const what =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  if (parts.length > 2) return `a qualified name ${what} with an optional DNS subdomain prefix and '/'`;
  if (parts.length === 2) {
    if (parts[0] === '') return 'prefix part must be non-empty';
    const prefix = subdomainFault(parts[0]!);
    if (prefix) return `prefix part ${prefix}`;
  }
  const name = parts.at(-1)!;
  if (name === '') return 'name part must be non-empty';
  if (name.length > 63) return `name part ${atMost(63)}`;
  return qualified.test(name) ? undefined : `name part ${what}`;
}

export function labelValueFault(value: string): string | undefined {
  if (value.length > 63) return atMost(63);
  return value === '' || qualified.test(value)
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

export function portNameFault(value: string): string | undefined {
  if (value.length > 15) return atMost(15);
  if (!/^[-a-z0-9]+$/.test(value)) return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  if (!/[a-z]/.test(value)) return 'must contain at least one letter (a-z)';
  if (value.includes('--')) return 'must not contain consecutive hyphens';
  return /^-|-$/.test(value) ? 'must not begin or end with a hyphen' : undefined;
}

export const dnsLabel = ofText(labelFault);
export const dnsSubdomain = ofText(subdomainFault);
export const qualifiedName = ofText(qualifiedNameFault);
export const labelValue = ofText(labelValueFault);

/**
 * A search domain of a pod's DNS: a subdomain whose labels may hold underscores (Kubernetes 1.34; earlier versions take
 * less), `.`, or either with a dot at its end (`validatePodDNSConfig` in pkg/apis/core/validation/validation.go).
 */
export const searchDomain = ofText((value) => {
  const labels = value === '.' ? [] : value.replace(/\.$/, '').split('.');
  return labels.every((label) => /^_?[a-z0-9]/.test(label) && /[a-z0-9]$/.test(label) && /^[-_a-z0-9]+$/.test(label))
    ? undefined
    : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
});

/** DNS-1035: the name of a Service, which no digit may begin. */
export const serviceName = ofText((value) => {
  if (value.length > 63) return atMost(63);
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(value)
    ? undefined
    : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
});

export const pathSegment = ofText((value) => {
  if (value === '.' || value === '..') return `may not be '${value}'`;
  const found = /[/%]/.exec(value);
  return found ? `may not contain '${found[0]}'` : undefined;
});

/** `metadata.name` with a lower limit than its characters have. */
export function shorter(format: Format, length: number): Format {
  return (value) =>
    format(value) ?? (typeof value === 'string' && value.length > length ? invalid(value, atMost(length)) : undefined);
}

export const configKey = ofText((value) => {
  if (value.length > 253) return atMost(253);
  if (!/^[-._a-zA-Z0-9]+$/.test(value))
    return "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  if (value === '.') return "must not be '.'";
  if (value === '..') return "must not be '..'";
  return value.startsWith('..') ? "must not start with '..'" : undefined;
});

/** Since Kubernetes 1.30; earlier ones take letters, digits, `_`, `-` and `.` only. */
export const envName = ofText((value) =>
  /^[ -<>-~]+$/.test(value)
    ? undefined
    : "a valid environment variable name must consist only of printable ASCII characters other than '='",
);

export const portName = ofText(portNameFault);
export const portNumber = ofNumber((value) => value >= 1 && value <= 65535, 'must be between 1 and 65535, inclusive');
/** 0 stands for none. */
export const portOrNone = ofNumber((value) => value >= 0 && value <= 65535, 'must be between 1 and 65535, inclusive');
export const portNumberOrName: Format = (value) => (typeof value === 'string' ? portName(value) : portNumber(value));
export const nonNegative = ofNumber((value) => value >= 0, 'must be greater than or equal to 0');
export const positive = ofNumber((value) => value > 0, 'must be greater than zero');
export const fileMode = ofNumber(
  (value) => value >= 0 && value <= 0o777,
  'must be a number between 0 and 0777 (octal), both inclusive',
);
export const id = ofNumber(
  (value) => value >= 0 && value <= 2 ** 31 - 1,
  'must be between 0 and 2147483647, inclusive',
);

/** A number within bounds, or of few values. */
export function between(least: number, most: number): Format {
  return ofNumber((value) => value >= least && value <= most, `must be between ${least} and ${most}, inclusive`);
}

/** A number of replicas or a share of them, `25%`. */
export const intOrPercent: Format = (value) => {
  if (typeof value === 'number') return nonNegative(value);
  return typeof value === 'string' && !/^[0-9]+%$/.test(value)
    ? invalid(value, "a valid percent string must be a numeric string followed by an ending '%'")
    : undefined;
};

/** The number that an integer or percentage stands for, in its own unit. */
export function amount(value: unknown): number {
  return typeof value === 'number' ? value : Number.parseInt(String(value), 10) || 0;
}

export const atMostAll: Format = (value) =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) && amount(value) > 100
    ? invalid(value, 'must not be greater than 100%')
    : undefined;

/** One of few words. */
export function oneOf(...values: readonly string[]): Format {
  const supported = [...values]
    .sort()
    .map((value) => JSON.stringify(value))
    .join(', ');
  return (value) =>
    typeof value === 'string' && !values.includes(value)
      ? `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`
      : undefined;
}

/** A path below another one. */
export const relativePath = ofText((value) => {
  if (value.startsWith('/')) return 'must be a relative path';
  return value.split('/').includes('..') ? "must not contain '..'" : undefined;
});

/** A path below another one, for a file that the kubelet writes. */
export const filePath = ofText((value) => {
  if (value.startsWith('/')) return 'must be a relative path';
  if (value.split('/').includes('..')) return "must not contain '..'";
  return value.startsWith('..') ? "must not start with '..'" : undefined;
});

export const headerName = ofText((value) =>
  /^[-A-Za-z0-9]+$/.test(value) ? undefined : "a valid HTTP header must consist of alphanumeric characters or '-'",
);

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** An address of version 4 or 6. */
export const address = ofText((value) =>
  ipv4.test(value) || isIPv6(value, (text) => ipv4.test(text))
    ? undefined
    : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
);

/** A range of addresses, `10.0.0.0/8`. */
export const addressRange = ofText((value) => {
  const [start = '', bits = '', ...more] = value.split('/');
  return more.length === 0 &&
    address(start) === undefined &&
    /^\d{1,3}$/.test(bits) &&
    Number(bits) <= (start.includes(':') ? 128 : 32)
    ? undefined
    : 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
});

/** A domain, a slash and a path. */
export const domainPath = ofText((value) => {
  const [host = '', ...rest] = value.split('/');
  if (host === '' || rest.join('/') === '') return 'must be a domain-prefixed path (such as "acme.io/foo")';
  return subdomainFault(host);
});
