/** What the validator says of one fault. */
export interface PolicyFault {
  instancePath: string;
  keyword: string;
  params: Readonly<Record<string, unknown>>;
  /** The schema there; its `description` says what is expected. */
  parentSchema: Readonly<Record<string, unknown>>;
  data: unknown;
}
/** Ajv's validator of a policy; its errors stay on it until the next call. */
export declare const validate: ((policy: unknown) => boolean) & { errors: readonly PolicyFault[] | null };
