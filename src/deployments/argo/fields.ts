import type { FileLine } from '../../place/location.ts';
import { fieldOf, isMapping, type FieldPath, type ResourceDocument } from '../document.ts';
import { LeftOutError } from '../left-out-error.ts';

/**
 * An Application as a value: written so, or made by an ApplicationSet, in which its fields are written below `base`.
 * What has another type than in the CRD is refused by the API server, so that every reading of it throws
 * `LeftOutError`.
 */
export class ApplicationFields {
  readonly value: unknown;
  readonly document: ResourceDocument;
  readonly base: FieldPath;

  constructor(value: unknown, document: ResourceDocument, base: FieldPath = []) {
    this.value = value;
    this.document = document;
    this.base = base;
  }

  /** Where a field is written. */
  at(...path: FieldPath): FileLine {
    return this.document.at(...this.base, ...path);
  }

  raw(...path: FieldPath): unknown {
    return fieldOf(this.value, path) ?? undefined;
  }

  /** A text that is not empty. */
  text(...path: FieldPath): string | undefined {
    const value = this.raw(...path);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'string' ? value : this.refuse(path, 'a string', value);
  }

  flag(...path: FieldPath): boolean {
    const value = this.raw(...path);
    if (value === undefined) return false;
    return typeof value === 'boolean' ? value : this.refuse(path, 'a boolean', value);
  }

  list(...path: FieldPath): readonly unknown[] {
    const value = this.raw(...path);
    if (value === undefined) return [];
    return Array.isArray(value) ? (value as unknown[]) : this.refuse(path, 'a list', value);
  }

  texts(...path: FieldPath): string[] {
    return this.list(...path).map((item, index) =>
      typeof item === 'string' ? item : this.refuse([...path, index], 'a string', item),
    );
  }

  mapping(...path: FieldPath): Readonly<Record<string, unknown>> | undefined {
    const value = this.raw(...path);
    if (value === undefined) return undefined;
    return isMapping(value) ? value : this.refuse(path, 'a mapping', value);
  }

  private refuse(path: FieldPath, wanted: string, value: unknown): never {
    const found =
      value === null ? 'null' : Array.isArray(value) ? 'a list' : isMapping(value) ? 'a mapping' : `a ${typeof value}`;
    const name = path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`),
      '',
    );
    throw new LeftOutError(`${name.slice(1)} is ${found}, where the API server takes only ${wanted}`, this.at(...path));
  }
}
