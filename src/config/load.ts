import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { isObjectId } from '../git/object-id.ts';
import type { SetOption } from '../helm/index.ts';
import type { PolicyService, Rule, Severity } from '../rule.ts';
import { checkPolicy, type Checked } from './checked.ts';
import { checkRules } from './check-rules.ts';
import type { PolicyFiles } from './files.ts';
import type { ReadOptions } from './read-options.ts';
import { near } from './near.ts';
import {
  emptyPolicy,
  PolicyError,
  presets,
  type Ignore,
  type Override,
  type Policy,
  type PolicyCommand,
  type Preset,
  type Scenario,
} from './policy.ts';

const maxBytes = 1024 * 1024;
const maxFiles = 50;

type Entry = Severity | 'off' | [Severity | 'off', Record<string, unknown>];

/** The parts that a policy and its overrides share, as written. */
interface Written {
  rules?: Record<string, Entry>;
  services?: PolicyService[];
  commands?: PolicyCommand[];
  external?: string[];
  scenarios?: { name: string; values?: string[]; set?: string[] | Record<string, unknown>; from?: string }[];
  ignore?: Omit<Ignore, 'base' | 'origin'>[];
  dependencies?: Policy['dependencies'];
}

/** Reads a policy file with all that it extends. Throws {@link PolicyError}. */
export async function load(path: string, options: ReadOptions): Promise<Policy> {
  const own: Rule[] = [];
  const known = new Map(options.rules.map((rule) => [rule.id, rule]));
  let files = 0;
  const readFiles: string[] = [];

  const read = async (file: string, above: readonly string[], tell: (message: string) => never): Promise<Policy> => {
    const shown = relative(options.cwd, file) || file;
    if (above.includes(file))
      tell(
        `extends forms a cycle: ${[...above.slice(above.indexOf(file)), file].map((one) => relative(options.cwd, one)).join(' → ')}`,
      );
    if ((files += 1) > maxFiles) tell(`extends leads to more than ${maxFiles} files`);
    const checked = checkPolicy(await textOf(options.files, file, shown, tell), shown);
    readFiles.push(file);
    const { value, fail } = checked;
    let policy = emptyPolicy(file);
    const bases =
      typeof value['extends'] === 'string' ? [value['extends']] : ((value['extends'] as string[] | undefined) ?? []);
    for (const [index, base] of bases.entries()) {
      const at = typeof value['extends'] === 'string' ? ['extends'] : ['extends', String(index)];
      if ((presets as readonly string[]).includes(base)) policy = { ...policy, preset: base as Preset };
      else if (/^\.{1,2}\/|^[^/:]+\.ya?ml$|^[^/:][^:]*\/[^:]*\.ya?ml$/.test(base))
        policy = merge(
          policy,
          await read(resolve(dirname(file), base), [...above, file], (message) => fail(at, message)),
        );
      else
        fail(
          at,
          `there is no preset ${base}${near(base, presets)}; extends takes ${presets.join(', ')}, or a relative file such as ./team.yaml`,
        );
    }
    const plugins = (value['plugins'] as string[] | undefined) ?? [];
    if (plugins.length > 0 && options.plugins === 'refuse')
      fail(['plugins'], 'plugins are programs, and run only with --plugins (--no-plugins lints without them)', true);
    readFiles.push(...plugins.map((plugin) => resolve(dirname(file), plugin)));
    if (plugins.length > 0 && options.plugins === 'run') {
      const { loadPlugin } = await import('./plugins.ts');
      for (const [index, plugin] of plugins.entries()) {
        const told = (message: string) => fail(['plugins', String(index)], message);
        const path = resolve(dirname(file), plugin);
        const why = options.files.refusal(path);
        if (why !== undefined) told(`${plugin} is not run: ${why}`);
        if ((await options.files.kind(path)) === undefined) told(`no such plugin: ${plugin}`);
        for (const rule of await loadPlugin(await options.files.program(path), plugin, told)) {
          if (known.has(rule.id)) told(`${plugin}: there is a rule ${rule.id} already`);
          known.set(rule.id, rule);
          own.push(rule);
        }
      }
    }
    checkRules(checked, known, plugins.length > 0 && options.plugins === 'skip');
    const overrides: Override[] = [];
    for (const [index, one] of ((value['overrides'] as (Written & { charts: string[] })[] | undefined) ?? []).entries())
      overrides.push({
        base: dirname(file),
        charts: one.charts,
        origin: checked.origin('overrides', String(index)),
        ...(await partsOf(one, file, checked, ['overrides', String(index)], options)),
      });
    const parts = await partsOf(value as Written, file, checked, [], options);
    checked.finish();
    return merge(policy, { ...parts, scenarios: parts.scenarios ?? [], file, files: [], own: [], overrides });
  };
  const policy = await read(path, [], (message) => {
    throw new PolicyError(`${relative(options.cwd, path) || path}: ${message}`);
  });
  return { ...policy, file: path, files: readFiles, own };
}

async function textOf(
  files: PolicyFiles,
  file: string,
  shown: string,
  tell: (message: string) => never,
): Promise<string> {
  const why = files.refusal(file);
  if (why !== undefined) return tell(`${shown} is not read: ${why}`);
  if ((await files.kind(file)) !== 'file')
    return tell(`no such policy file${shown === relative('.', file) ? '' : `: ${shown}`}`);
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes)
    throw new PolicyError(`${shown}: larger than 1 MiB, which no policy is`);
  try {
    const bytes = await files.read(file);
    if (bytes.length > maxBytes) throw new Error('larger than 1 MiB, which no policy is');
    return bytes.toString('utf8');
  } catch (error) {
    throw new PolicyError(`${shown}: ${error instanceof Error ? error.message : 'not readable'}`);
  }
}

async function partsOf(
  written: Written,
  file: string,
  { fault, origin }: Checked,
  at: readonly string[],
  options: ReadOptions,
): Promise<Omit<Override, 'base' | 'charts' | 'origin'>> {
  const base = dirname(file);
  const stated = <T extends object>(key: string, list: readonly T[] = []) =>
    list.map((one, index) => ({ ...one, origin: origin(...at, key, String(index)) }));
  const names = new Set<string>();
  written.scenarios?.forEach(({ name, values = [] }, index) => {
    const here = [...at, 'scenarios', String(index)];
    if (names.has(name)) fault([...here, 'name'], `there are two scenarios ${name}`);
    names.add(name);
    values.forEach((path, which) => {
      const place = [...here, 'values', String(which)];
      const why = isAddress(path) ? refusal(path, options) : undefined;
      if (why !== undefined) fault(place, why);
      if (isAddress(path)) return;
      const outside = options.values.refusal(resolve(base, path));
      if (outside !== undefined) fault(place, `${path} is not read: ${outside}`);
      else if (!statSync(resolve(base, path), { throwIfNoEntry: false })?.isFile())
        fault(place, `no such values file: ${path}`);
    });
  });
  // A git commit has no file of its name; a full object id is never a file.
  const froms = await Promise.all(
    (written.scenarios ?? []).map(async ({ from }, index) => {
      if (from === undefined || isObjectId(from)) return from;
      const path = resolve(base, from);
      const outside = options.values.refusal(path);
      if (outside !== undefined) fault([...at, 'scenarios', String(index), 'from'], `${from} is not read: ${outside}`);
      return (await options.files.kind(path)) === undefined ? from : path;
    }),
  );
  written.ignore?.forEach(({ until }, index) => {
    if (until !== undefined && new Date(`${until}T00:00:00Z`).toJSON()?.slice(0, 10) !== until)
      fault([...at, 'ignore', String(index), 'until'], `until is ${until}, which is not a day; write 2027-01-31`);
  });
  return {
    rules: Object.fromEntries(
      Object.entries(written.rules ?? {}).map(([id, entry]) => [
        id,
        {
          ...(Array.isArray(entry) ? { severity: entry[0], options: entry[1] } : { severity: entry, options: {} }),
          origin: origin(...at, 'rules', id),
        },
      ]),
    ),
    services: stated('services', written.services),
    commands: stated('commands', written.commands),
    external: written.external ?? [],
    ignore: stated('ignore', written.ignore).map((one) => ({ ...one, base })),
    ...(written.dependencies && { dependencies: written.dependencies }),
    ...(written.scenarios && {
      scenarios: written.scenarios.map(({ values = [], set, from: _, ...rest }, index): Scenario => ({
        ...rest,
        origin: origin(...at, 'scenarios', String(index)),
        values: values.map((path) => (isAddress(path) ? path : resolve(base, path))),
        set: setsOf(set),
        ...(froms[index] !== undefined && { from: froms[index] }),
      })),
    }),
  };
}

const isAddress = (path: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(path);

/** Why a policy may not have Helm fetch values, or start a plugin for them: its author may be a stranger. */
function refusal(address: string, { plugins, allowNetwork }: ReadOptions): string | undefined {
  if (/^(?:https?|oci):/i.test(address))
    return allowNetwork ? undefined : `${address} is on the network, which Helm uses only with --allow-network`;
  return plugins === 'run' ? undefined : `${address} needs a plugin of Helm's, and plugins run only with --plugins`;
}

function setsOf(set: string[] | Record<string, unknown> | undefined): SetOption[] {
  if (Array.isArray(set)) return set.map((value) => ({ flag: '--set', value }));
  return Object.entries(set ?? {}).map(([path, value]): SetOption => {
    if (typeof value === 'string') return { flag: '--set-string', value: `${path}=${value.replace(/[,\\]/g, '\\$&')}` };
    return value !== null && typeof value === 'object'
      ? { flag: '--set-json', value: `${path}=${JSON.stringify(value)}` }
      : { flag: '--set', value: `${path}=${String(value)}` };
  });
}

/** What `over` says wins; lists are joined, scenarios by name. */
function merge(base: Policy, over: Policy): Policy {
  const scenarios = new Map([...base.scenarios, ...over.scenarios].map((one) => [one.name, one]));
  return {
    file: over.file,
    files: [],
    preset: over.preset ?? base.preset,
    rules: { ...base.rules, ...over.rules },
    services: [...base.services, ...over.services],
    commands: [...over.commands, ...base.commands],
    external: [...base.external, ...over.external],
    scenarios: [...scenarios.values()],
    ignore: [...base.ignore, ...over.ignore],
    dependencies: over.dependencies ?? base.dependencies,
    own: [],
    overrides: [...base.overrides, ...over.overrides],
  };
}
