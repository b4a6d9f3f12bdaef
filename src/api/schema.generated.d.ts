/** `apiVersion kind` to the name of its definition. */
export declare const kinds: Readonly<Record<string, string>>;
/**
 * Fields by definition. A field's type is `s` (string), `i` (integer), `b` (boolean), `q` (quantity), `p` (integer or string), `y` (bytes), `*` (anything), a
 * definition's name, `[T` (a list of T) or `{T` (a map of T).
 */
export declare const definitions: Readonly<Record<string, Readonly<Record<string, string>>>>;
