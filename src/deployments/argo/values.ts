import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { isInside } from '../../paths.ts';
import type { FileLine } from '../../place/location.ts';
import { withoutCredentials } from '../address.ts';
import type { DeployedValues } from '../deployment.ts';
import type { FieldPath } from '../document.ts';
import { alternatives, entriesBelow, isGlob, matches } from '../glob.ts';
import { LeftOutError } from '../left-out-error.ts';
import { PathError, quoted, type GitOpsRepository } from '../repository.ts';
import type { ApplicationFields } from './fields.ts';

/** The chart whose values are read: its folder, absent for a chart that is not in this repository. */
export interface ValuesContext {
  repository: GitOpsRepository;
  folder: string | undefined;
  /** The environment that Argo CD gives: `ARGOCD_APP_NAME` and its kind. */
  env: Readonly<Record<string, string>>;
  /** Whether the source of `$name` is this repository; `undefined` where there is no such source. */
  refs: ReadonlyMap<string, { own: boolean; url: string }>;
}

/**
 * The values of an Application's source at a path (`['spec', 'source']`), in rising precedence: `valueFiles` in their
 * order, then `valuesObject` or else `values`, then `parameters` and `fileParameters`, which become `--set`,
 * `--set-string` (`forceString`) and `--set-file`. Argo CD: `helmTemplate` and `getResolvedValueFiles` in
 * `reposerver/repository/repository.go`, `template` in `util/helm/cmd.go`. Throws {@link LeftOutError} for what Argo CD
 * could not read either, and for what is not in this repository.
 */
export function valuesOf(fields: ApplicationFields, path: FieldPath, context: ValuesContext): DeployedValues[] {
  const helm = [...path, 'helm'];
  const files = valueFiles(fields, helm, context).map((file): DeployedValues => ({ kind: 'file', path: file }));
  const object = fields.mapping(...helm, 'valuesObject');
  const text = fields.text(...helm, 'values');
  const own = object ? 'valuesObject' : text === undefined ? undefined : 'values';
  const inline = own ? [fields.document.inline([...fields.base, ...helm, own], object ?? text)] : [];
  const set = new Map<string, DeployedValues>();
  fields.list(...helm, 'parameters').forEach((_, index) => {
    const at = [...helm, 'parameters', index];
    const name = fields.text(...at, 'name') ?? '';
    const value = substituted(fields.text(...at, 'value') ?? '', context.env);
    const flag = fields.flag(...at, 'forceString') ? '--set-string' : '--set';
    // The later one of a name counts: Argo CD keeps them in a map.
    set.set(`${flag} ${name}`, { kind: 'set', flag, value: `${name}=${escaped(value)}` });
  });
  fields.list(...helm, 'fileParameters').forEach((_, index) => {
    const at = [...helm, 'fileParameters', index];
    const name = fields.text(...at, 'name') ?? '';
    const file = fileOf(fields.text(...at, 'path') ?? '', context, () => fields.at(...at, 'path'));
    set.set(`--set-file ${name}`, { kind: 'set', flag: '--set-file', value: `${name}=${escaped(file)}` });
  });
  return [...files, ...inline, ...set.values()];
}

/** As `cleanSetParameters` in `util/helm/cmd.go`: commas belong to the value, except in Helm's own list `{a,b}`. */
function escaped(value: string): string {
  return /^\{.*\}$/s.test(value) ? value : value.replace(/(?<!\\),/g, '\\,');
}

/** `$ARGOCD_APP_NAME` and `${ARGOCD_APP_NAME}`, and nothing else of the environment (`Env.Envsubst`). */
function substituted(text: string, env: ValuesContext['env']): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (all, name?: string, braced?: string) => {
    const key = name ?? braced ?? '';
    return Object.hasOwn(env, key) ? env[key]! : all;
  });
}

/**
 * A glob stands for its matches in lexical order, but for files that are also listed by themselves; a file counts once,
 * where it comes first.
 */
function valueFiles(fields: ApplicationFields, helm: FieldPath, context: ValuesContext): string[] {
  const written = fields.texts(...helm, 'valueFiles');
  const ignoreMissing = fields.flag(...helm, 'ignoreMissingValueFiles');
  const explicit = new Set(
    written.flatMap((one) => {
      try {
        const { absolute } = placeOf(one, context);
        return isGlob(absolute) ? [] : [absolute];
      } catch {
        return [];
      }
    }),
  );
  const out: string[] = [];
  written.forEach((one, index) => {
    const at = () => fields.at(...helm, 'valueFiles', index);
    const { absolute } = placeOf(one, context, at);
    if (!isGlob(absolute)) {
      if (ignoreMissing && !existsSync(absolute)) return;
      out.push(fileOf(one, context, at));
      return;
    }
    const found = globbed(absolute, context.repository, at()).filter((file) => !explicit.has(file));
    if (found.length === 0 && !ignoreMissing)
      throw new LeftOutError(`its values files ${quoted(one)} match no file`, at());
    out.push(...found);
  });
  return [...new Set(out)];
}

function globbed(pattern: string, repository: GitOpsRepository, at: FileLine): string[] {
  const parts = pattern.split(sep);
  const fixed = parts.slice(0, parts.findIndex(isGlob)).join(sep) || sep;
  if (!isInside(repository.root, fixed) || !existsSync(fixed)) return [];
  const entries = entriesBelow(fixed);
  if (!entries)
    throw new LeftOutError(`its values files ${quoted(relative(repository.root, pattern))} are too many`, at);
  const patterns = alternatives(relative(fixed, pattern).split(sep).join('/'));
  return entries
    .filter(({ path, folder }) => !folder && patterns.some((one) => matches(one, path)))
    .map(({ path }) => {
      try {
        return repository.resolve(path, fixed);
      } catch (error) {
        if (!(error instanceof PathError)) throw error;
        throw new LeftOutError(`its values file ${error.message}`, at);
      }
    });
}

/** Where a values file would be: `$name/…` from the root of that source, `/…` from the repository's, else the chart's. */
function placeOf(written: string, context: ValuesContext, at?: () => FileLine): { absolute: string } {
  const { repository, folder, refs, env } = context;
  const [first = ''] = written.split('/');
  const ref = first.startsWith('$') ? refs.get(first) : undefined;
  if (ref) {
    if (!ref.own)
      throw new LeftOutError(`its values file ${quoted(written)} is in another repository: ${ref.url}`, at?.());
    const inside = substituted(written.slice(first.length), env);
    return { absolute: join(repository.baseOf(inside), inside) };
  }
  const file = substituted(written, env);
  if (/^\$\w/.test(file))
    throw new LeftOutError(`its values file ${quoted(written)} is of no source of the Application`, at?.());
  if (/^[a-z][a-z0-9+.-]*:/i.test(file))
    throw new LeftOutError(`its values file is not in this repository: ${withoutCredentials(file)}`, at?.());
  if (file.startsWith('/')) return { absolute: join(repository.baseOf(file), file) };
  if (folder === undefined)
    throw new LeftOutError(`its values file ${quoted(written)} is in a chart that is not in this repository`, at?.());
  return { absolute: resolve(folder, file) };
}

function fileOf(written: string, context: ValuesContext, at: () => FileLine): string {
  const { absolute } = placeOf(written, context, at);
  const { repository } = context;
  try {
    if (absolute === repository.baseOf(written)) throw new PathError('no file is named');
    return repository.resolve(relative(dirname(absolute), absolute), dirname(absolute));
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    // In the words of the Application, not from the folder that it is in.
    throw new LeftOutError(
      `its values file ${quoted(written)}${error.message.replace(/^"(?:[^"\\]|\\.)*"/, '')}`,
      at(),
    );
  }
}
