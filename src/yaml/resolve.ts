import type { ScalarNode } from './node.ts';
import { YamlError } from './token.ts';

/** A scalar's value. Integers beyond what a JavaScript number holds exactly are bigints. */
export type Scalar =
  | { type: 'null'; value: null }
  | { type: 'string'; value: string }
  | { type: 'bool'; value: boolean }
  | { type: 'int' | 'uint'; value: number | bigint }
  | { type: 'float'; value: number };

const words = new Map<string, Scalar>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
  words.set(word, { type: 'bool', value: true });
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])
  words.set(word, { type: 'bool', value: false });
for (const word of ['', '~', 'null', 'Null', 'NULL']) words.set(word, { type: 'null', value: null });
for (const word of ['.nan', '.NaN', '.NAN']) words.set(word, { type: 'float', value: NaN });
for (const word of ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'])
  words.set(word, { type: 'float', value: Infinity });
for (const word of ['-.inf', '-.Inf', '-.INF']) words.set(word, { type: 'float', value: -Infinity });

const prefix = 'tag:yaml.org,2002:';
const kinds: Readonly<Record<string, readonly Scalar['type'][]>> = {
  bool: ['bool'],
  int: ['int', 'uint'],
  float: ['float', 'int'],
  null: ['null'],
};

/**
 * The value of a scalar as go-yaml v2 resolves it into an untyped value: YAML 1.1's booleans, octal `010`, `1_000`;
 * dates stay texts. Throws `YamlError` where the tag and the text do not fit.
 */
export function resolveScalar(node: ScalarNode): Scalar {
  const { tag, value, plain } = node;
  if (tag === '') return plain ? byLooks(value) : { type: 'string', value };
  const name = tag.startsWith(prefix) ? tag.slice(prefix.length) : '';
  if (name === 'binary') return { type: 'string', value: fromBase64(node) };
  if (name === 'timestamp') throw new YamlError('!!timestamp, of which Helm takes some forms only', node.start);
  const wanted = Object.hasOwn(kinds, name) ? kinds[name]! : undefined;
  if (!wanted) return { type: 'string', value };
  const found = byLooks(value);
  if (!wanted.includes(found.type)) throw new YamlError(`!!${name} before a value that is none`, node.start);
  return name === 'float' ? { type: 'float', value: Number(found.value) } : found;
}

/** Go's base64 takes line breaks, and nothing else that does not belong there. */
function fromBase64(node: ScalarNode): string {
  const text = node.value.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new YamlError('!!binary before a value that is no base64', node.start);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    Uint8Array.from(atob(text), (char) => char.charCodeAt(0)),
  );
}

/** The characters that a value that is no text can begin with. */
const hint = /^(?:$|[-+0-9.yYnNtTfFoO~])/;

function byLooks(text: string): Scalar {
  if (!hint.test(text)) return { type: 'string', value: text };
  const word = words.get(text);
  if (word) return word;
  return number(text) ?? { type: 'string', value: text };
}

function number(text: string): Scalar | undefined {
  const first = text.charCodeAt(0);
  if (first === 46) {
    // Go's ParseFloat, and no integer begins with a dot.
    return /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(text) ? float(text.replace(/_/g, '')) : undefined;
  }
  if (first !== 43 && first !== 45 && !(first >= 48 && first <= 57)) return undefined;
  const bare = text.replace(/_/g, '');
  return integer(bare) ?? (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(bare) ? float(bare) : undefined);
}

function float(text: string): Scalar | undefined {
  const value = Number(text);
  // Out of range is an error to Go, and the value stays a text.
  return Number.isFinite(value) ? { type: 'float', value } : undefined;
}

/** Go's `strconv.ParseInt` with base 0, or `ParseUint`: `0x`, `0o`, `0b` and a leading 0 tell the base. */
function integer(text: string): Scalar | undefined {
  const match = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (!match) return undefined;
  const [, sign, hex, octal, binary, decimal] = match;
  const short = decimal ?? '';
  if (short !== '' && short.length < 16) return { type: 'int', value: Number(sign === '-' ? `-${short}` : short) };
  const digits =
    hex !== undefined ? `0x${hex}` : octal !== undefined ? `0o${octal}` : binary !== undefined ? `0b${binary}` : short;
  const size = BigInt(digits);
  const value = sign === '-' ? -size : size;
  if (value >= -(2n ** 63n) && value < 2n ** 63n) return { type: 'int', value: narrow(value) };
  return sign === '' && value < 2n ** 64n ? { type: 'uint', value } : undefined;
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * A value as the YAML library of Kubernetes (sigs.k8s.io/yaml) turns it into a text, where one is expected: a key, an
 * annotation. Numbers with a point pass through single precision there.
 */
export function scalarText(scalar: Exclude<Scalar, { type: 'null' }>): string {
  return scalar.type === 'float' ? floatText(scalar.value) : String(scalar.value);
}

/** Go's `strconv.FormatFloat(value, 'g', -1, 32)`. */
function floatText(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return 'NaN';
  if (!Number.isFinite(single)) return single > 0 ? '+Inf' : '-Inf';
  if (single === 0) return Object.is(single, -0) ? '-0' : '0';
  let shortest = '';
  for (let digits = 1; digits <= 9; digits += 1) {
    shortest = single.toExponential(digits - 1);
    if (Math.fround(Number(shortest)) === single) break;
  }
  const [mantissa = '', power = ''] = shortest.split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
