/** What the validator says: a value of the wrong type, or a key that the object there does not have. */
export type SchemaError =
  | { instancePath: string; keyword: 'type'; type: string }
  | { instancePath: string; keyword: 'additionalProperties'; key: string; known: readonly string[] };
/** Ajv's validator of a `batch/v1` Job; its errors stay on it until the next call. */
export declare const validate: ((job: unknown) => boolean) & { errors: readonly SchemaError[] | null };
/** The fields of the objects that people mix up. */
export declare const homes: Readonly<
  Record<'JobSpec' | 'PodTemplateSpec' | 'PodSpec' | 'Container' | 'ObjectMeta', readonly string[]>
>;
