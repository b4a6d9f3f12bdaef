import { isMapping, type FieldPath, type ResourceDocument } from '../document.ts';

/** A field that the API server of Kubernetes would refuse; `message` is part of a sentence. */
export class FieldError extends Error {
  readonly path: FieldPath;
  constructor(path: FieldPath, message: string) {
    super(message);
    this.name = 'FieldError';
    this.path = path;
  }
}

/** `spec.chart.spec.valuesFiles[2]`. */
export const pathText = (path: FieldPath) =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');

/** The fields of a resource, each of the type that its CRD gives it. All throw {@link FieldError} for another type. */
export class Fields {
  readonly document: ResourceDocument;
  constructor(document: ResourceDocument) {
    this.document = document;
  }

  /** A text; `undefined` for what is absent or empty, as Go reads both. */
  text(...path: FieldPath): string | undefined {
    const value = this.document.field(...path) ?? undefined;
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw new FieldError(path, `${pathText(path)} is not a text`);
    return value;
  }

  required(...path: FieldPath): string {
    const value = this.text(...path);
    if (value === undefined) throw new FieldError(path, `it has no ${pathText(path)}`);
    return value;
  }

  flag(...path: FieldPath): boolean {
    const value = this.document.field(...path) ?? false;
    if (typeof value !== 'boolean') throw new FieldError(path, `${pathText(path)} is neither true nor false`);
    return value;
  }

  list(...path: FieldPath): readonly unknown[] {
    const value = this.document.field(...path) ?? [];
    if (!Array.isArray(value)) throw new FieldError(path, `${pathText(path)} is not a list`);
    return value;
  }

  mapping(...path: FieldPath): Readonly<Record<string, unknown>> | undefined {
    const value = this.document.field(...path) ?? undefined;
    if (value !== undefined && !isMapping(value)) throw new FieldError(path, `${pathText(path)} is not a mapping`);
    return value;
  }

  /** A duration in seconds. The pattern is that of Flux's CRDs. */
  seconds(...path: FieldPath): number | undefined {
    const text = this.text(...path);
    if (text === undefined) return undefined;
    if (text.length > 100 || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text))
      throw new FieldError(path, `${pathText(path)} is not a duration like 5m0s`);
    const units = { ms: 0.001, s: 1, m: 60, h: 3600 };
    return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
      (sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units],
      0,
    );
  }
}
