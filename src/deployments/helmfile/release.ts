import { basename, dirname } from 'node:path';
import { YamlError } from '../../yaml/index.ts';
import { withoutCredentials } from '../address.ts';
import type { ChartElsewhere, DeployedValues, Deployment, DeploymentField, LocalChart } from '../deployment.ts';
import { fieldOf, isMapping, textOf } from '../document.ts';
import { PathError, quoted, type GitOpsRepository } from '../repository.ts';
import { isPlaceheld, isUnknown, rendered, TemplateError, type TemplateData } from './expression.ts';
import { globbed } from './glob.ts';
import { StateError, type State, type WrittenRelease } from './state.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A release that is not to be judged; `message` is part of a sentence. */
export class ReleaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReleaseError';
  }
}

/** The name of a release among those of its helmfile: with its namespace, and its environment where there are several. */
export const nameIn = (environment: string | undefined, namespace: string | undefined, name: string) =>
  [environment, namespace, name].filter((part) => part !== undefined && part !== '').join('/');

/**
 * A release of a helmfile as `helmfile apply` installs it (`state.go`: `flagsForUpgrade`, `namespaceAndValuesFlags`).
 * `environment`: part of its name where there are several. Throws {@link ReleaseError}, {@link StateError},
 * {@link TemplateError} and `PathError` for one that cannot be judged.
 */
export function readRelease(
  written: WrittenRelease,
  state: State,
  environment: string | undefined,
  repository: GitOpsRepository,
): Deployment {
  const pieces = inherited(written, state, []);
  const release = new Release(pieces, state, repository);
  const name = release.text('name');
  if (name === undefined) throw new ReleaseError('it has no name');
  release.named(name, state.namespace ?? release.text('namespace'));
  const namespace = state.namespace ?? release.text('namespace');
  if (!release.isInstalled()) throw new ReleaseError(`it is not installed in the environment ${state.environment}`);
  const { values, missing } = release.values();
  const { document, path } = written;
  const wait = release.flag('wait') || release.flag('atomic') || release.flag('rollbackOnFailure');
  return {
    by: 'helmfile',
    name: nameIn(environment, namespace, name),
    at: document.at(...path),
    places: {
      chart: document.at(...path, 'chart'),
      values: document.at(...path, 'values'),
      after: document.at(...path, 'needs'),
      ...writtenAt(written, 'timeout', 'timeout'),
      ...writtenAt(written, 'wait', 'wait', 'atomic', 'rollbackOnFailure'),
    },
    chart: release.chart(),
    releaseName: name,
    ...(namespace !== undefined && { namespace }),
    values,
    kubeVersion: release.text('kubeVersion') ?? state.kubeVersion,
    apiVersions: state.apiVersions,
    skipCrds: release.flag('skipCRDs'),
    skipSchemaValidation: release.flag('skipSchemaValidation'),
    engine: 'helm',
    wait: wait || release.args().some((arg) => /^--(?:wait|atomic|rollback-on-failure)(?:=(?!false)|$)/.test(arg)),
    timeout: release.timeout(),
    disabledHooks: release.args().includes('--no-hooks') ? ['install', 'upgrade'] : [],
    after: release.needs().map((need) => {
      const [other = '', space = namespace] = need.split('/').reverse();
      return nameIn(environment, space, other);
    }),
    notApplied: [
      ...release.doubts,
      ...missing,
      ...[
        'secrets',
        'dependencies',
        'jsonPatches',
        'strategicMergePatches',
        'transformers',
        'postRenderer',
        'forceNamespace',
      ]
        .filter((key) => release.has(key))
        .map((key) => `its ${key}`),
      ...state.notRead,
    ],
  };
}

/** The place of a field, where the release itself writes it under one of its names. */
function writtenAt(
  { document, path }: WrittenRelease,
  field: DeploymentField,
  ...keys: string[]
): Deployment['places'] {
  const key = keys.find((one) => document.field(...path, one) !== undefined);
  return key === undefined ? {} : { [field]: document.at(...path, key) };
}

/** A release and the templates that it inherits from, the nearest first; as `releaseWithInheritedTemplate` has it. */
function inherited(written: WrittenRelease, state: State, above: readonly string[]): WrittenRelease[] {
  const { document, path } = written;
  if (!isMapping(document.field(...path))) throw new ReleaseError('it is not a mapping');
  const list =
    document.field(...path, 'inherit') ?? (above.length === 0 ? state.inherit.map((template) => ({ template })) : []);
  const found: WrittenRelease[] = [];
  for (const entry of [list].flat()) {
    const name = isMapping(entry) ? textOf(entry['template']) : textOf(entry);
    if (name === undefined) continue;
    if (above.includes(name))
      throw new ReleaseError(`its templates inherit from each other: ${[...above, name].join(', ')}`);
    const template = state.templates.get(name);
    if (!template) throw new ReleaseError(`it inherits from ${quoted(name)}, which is not a template`);
    found.push(...inherited(template, state, [...above, name]));
  }
  // What a template says is above what the release says: mergo fills in only what is empty.
  return [...found, written];
}

class Release {
  private readonly pieces: readonly WrittenRelease[];
  private readonly state: State;
  private readonly repository: GitOpsRepository;
  private data: TemplateData;
  /** What had to be assumed. */
  readonly doubts: string[] = [];

  constructor(pieces: readonly WrittenRelease[], state: State, repository: GitOpsRepository) {
    this.pieces = pieces;
    this.state = state;
    this.repository = repository;
    this.data = { ...state.data, Release: {} };
  }

  /** What templates of the release may ask for, once its name is known. */
  named(name: string, namespace: string | undefined): void {
    const labels = this.raw('labels');
    this.data = {
      ...this.state.data,
      Release: { Name: name, Namespace: namespace ?? '', Labels: labels ?? {}, Chart: this.raw('chart') },
    };
  }

  private raw(key: string): unknown {
    for (const { document, path } of this.pieces) {
      const value = document.field(...path, key);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  }

  has(key: string): boolean {
    const value = this.raw(key);
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  }

  text(key: string): string | undefined {
    const value = this.raw(key) ?? undefined;
    if (value === undefined) return undefined;
    // `version: 1.20` is a number of YAML's, which Go's decoder takes for a text.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw new ReleaseError(`${key} is not a text`);
    return rendered(value, this.data);
  }

  flag(key: string): boolean {
    const template = this.raw(`${key}Template`);
    if (typeof template === 'string') return rendered(template, this.data) === 'true';
    const written = this.raw(key) ?? this.state.helmDefaults[key] ?? false;
    const value = typeof written === 'string' && isUnknown(written) ? rendered(written, this.data) === 'true' : written;
    if (typeof value !== 'boolean') throw new ReleaseError(`${key} is neither true nor false`);
    return value;
  }

  /** `--timeout`; 300 s where neither the release nor helmDefaults say. */
  timeout(): number {
    const value = this.raw('timeout') ?? this.state.helmDefaults['timeout'] ?? 300;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      throw new ReleaseError('timeout is not a number of seconds');
    return value === 0 ? 300 : value;
  }

  args(): string[] {
    const { helmDefaults } = this.state;
    return [helmDefaults['args'], helmDefaults['syncArgs']]
      .flat()
      .filter((one): one is string => typeof one === 'string');
  }

  needs(): string[] {
    const list = this.lists('needs');
    return list.map(({ value }) => {
      if (typeof value !== 'string') throw new ReleaseError('needs is not a list of names');
      return rendered(value, this.data);
    });
  }

  /** `installed`, and the value that `condition` names (`ConditionEnabled`); taken for true where that is not known. */
  isInstalled(): boolean {
    const written = this.raw('installedTemplate') ?? this.raw('installed') ?? true;
    if (written === false) return false;
    if (typeof written === 'string') {
      try {
        if (rendered(written, this.data).trim() === 'false') return false;
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        this.doubts.push(`its installed (${error.message}), which is taken for true`);
      }
    }
    const condition = this.text('condition');
    if (condition === undefined || /^true$/i.test(condition)) return true;
    return !/^false$/i.test(condition) && fieldOf(this.data.Values, condition.split('.')) === true;
  }

  /**
   * A chart of this repository, where its path from the helmfile's folder is one; else `repository/name`, or an
   * address.
   */
  chart(): LocalChart | ChartElsewhere {
    const written = this.text('chart') ?? this.text('directory');
    if (written === undefined) throw new ReleaseError('it has no chart');
    const folder = dirname(this.state.file);
    if (!written.includes('://')) {
      if (this.repository.has(written, folder)) {
        const path = this.repository.resolve(written, folder);
        if (this.repository.isChart(path)) return { kind: 'local', folder: path };
        throw new ReleaseError(`its chart ${quoted(written)} has no Chart.yaml`);
      }
      // Says why: it does not exist, or leads out of the repository.
      if (isLocal(written)) this.repository.resolve(written, folder);
    }
    const [alias = '', ...rest] = written.split('/');
    const repository = this.state.repositories.find(({ name }) => name === alias);
    const url = repository && textOf(repository['url']);
    const version = this.text('version');
    const oci = repository?.['oci'] === true && url !== undefined && !url.includes('://') ? `oci://${url}` : url;
    const address = oci ?? (written.includes('://') ? written : undefined);
    return {
      kind: 'elsewhere',
      source: /^git::/.test(address ?? '')
        ? 'git'
        : address === undefined
          ? 'configured'
          : /^oci:/i.test(address)
            ? 'registry'
            : 'repository',
      ...((repository?.['plainHttp'] === true || this.flag('plainHttp')) && { plainHttp: true as const }),
      url: withoutCredentials(oci ?? (written.includes('://') ? written.slice(0, written.lastIndexOf('/')) : alias)),
      name: withoutCredentials(written.includes('://') ? basename(written) : rest.join('/') || written),
      ...(version !== undefined && { version }),
      beside: folder,
    };
  }

  values(): { values: DeployedValues[]; missing: string[] } {
    const values: DeployedValues[] = [];
    const missing: string[] = [];
    const attempt = (what: string, work: () => void) => {
      try {
        work();
      } catch (error) {
        if (error instanceof TemplateError || error instanceof YamlError) missing.push(`${what} (${error.message})`);
        else throw error;
      }
    };
    // The order and what is rendered are those of `ExecuteTemplateExpressions` (`release.go`).
    for (const key of ['valuesTemplate', 'values'] as const)
      for (const { value, from, at } of this.lists(key))
        attempt('values', () => {
          if (typeof value === 'string') this.files(value, values, missing);
          else if (isMapping(value))
            values.push(from.document.inline(at, this.renderedIn(value, key === 'valuesTemplate', missing)));
          else throw new ReleaseError('values are neither a path nor a mapping');
        });
    for (const key of ['setTemplate', 'set', 'setString'] as const)
      for (const { value } of this.lists(key))
        attempt(key, () => {
          if (!isMapping(value)) throw new ReleaseError(`${key} is not a list of names and values`);
          const text = (one: unknown) => this.verbatim(one, key === 'setTemplate');
          this.set(value, key === 'setString' ? '--set-string' : '--set', text, values, missing);
        });
    if (this.has('env')) missing.push('values of environment variables');
    return { values, missing };
  }

  private files(written: string, values: DeployedValues[], missing: string[]): void {
    const path = `${this.text('valuesPathPrefix') ?? ''}${rendered(written, this.data)}`;
    const handler = this.text('missingFileHandler') ?? this.state.missingFileHandler ?? 'Error';
    let files: string[];
    try {
      files = globbed(path, dirname(this.state.file), this.repository);
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      // A file that the machine has on which helmfile runs, and not this repository.
      const outside = path.startsWith('/') || !/does not exist/.test(error.message);
      if (!outside && handler === 'Error') throw new ReleaseError(`its values file ${error.message}`);
      missing.push(
        `the values file ${quoted(withoutCredentials(path))}${outside ? `, which is not in this repository` : ', which does not exist'}`,
      );
      return;
    }
    for (const file of files) {
      const text = file.endsWith('.gotmpl') ? this.repository.read(file, '/') : '';
      if (!text.includes('{{')) values.push({ kind: 'file', path: file });
      else
        values.push({
          kind: 'inline',
          text: rendered(text, this.data),
          at: { file: this.repository.shown(file), line: 1 },
          sameLines: true,
        });
    }
  }

  private set(
    entry: Mapping,
    flag: '--set' | '--set-string',
    textIn: (value: unknown) => string,
    values: DeployedValues[],
    missing: string[],
  ): void {
    const name = textOf(entry['name']);
    if (name === undefined) throw new ReleaseError('a value of set has no name');
    const one = (value: unknown) => {
      const text = textIn(value);
      if (!/\bref\+/.test(text)) return escaped(text);
      missing.push(`the secret in ${name.slice(0, 100)}`);
      return 'secret';
    };
    if (entry['file'] !== undefined) {
      const file = this.repository.resolve(textOf(entry['file']) ?? '', dirname(this.state.file));
      values.push({ kind: 'set', flag: '--set-file', value: `${escaped(name)}=${file}` });
    } else if (Array.isArray(entry['values']))
      values.push({ kind: 'set', flag, value: `${escaped(name)}={${entry['values'].map(one).join(',')}}` });
    else if (entry['value'] !== undefined && entry['value'] !== null && entry['value'] !== '')
      values.push({ kind: 'set', flag, value: `${escaped(name)}=${one(entry['value'])}` });
  }

  /** A text as it is written, or rendered where it is a `template`. Throws {@link TemplateError}. */
  private verbatim(value: unknown, template: boolean): string {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return template || isPlaceheld(text) ? rendered(text, this.data) : text;
  }

  /** The value as Helm gets it, without texts that only helmfile can render; itself where there are none. */
  private renderedIn(value: Mapping, template: boolean, missing: string[]): Mapping {
    const text = JSON.stringify(value);
    if (!(template ? isUnknown(text) : isPlaceheld(text))) return value;
    const walk = (one: unknown): unknown => {
      if (Array.isArray(one)) return one.map(walk);
      if (isMapping(one))
        return Object.fromEntries(
          Object.entries(one).flatMap(([key, inner]) => {
            const known = walk(inner);
            return known === undefined ? [] : [[key, known]];
          }),
        );
      if (typeof one !== 'string') return one;
      try {
        return this.verbatim(one, template);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        missing.push(`a value (${error.message})`);
        return undefined;
      }
    };
    return walk(value) as Mapping;
  }

  /** The items of a list, of the templates first. */
  private lists(key: string): { value: unknown; from: WrittenRelease; at: readonly (string | number)[] }[] {
    return this.pieces.flatMap((from) => {
      const list = from.document.field(...from.path, key) ?? [];
      if (!Array.isArray(list)) throw new ReleaseError(`${key} is not a list`);
      return list.map((value: unknown, index) => ({ value, from, at: [...from.path, key, index] }));
    });
  }
}

/** `isLocalChart` of helmfile (`util.go`). */
function isLocal(chart: string): boolean {
  return /^\.{0,2}\//.test(chart) || !chart.includes('/') || ![2, 3].includes(chart.split('/').length);
}

/** `escape` of helmfile: braces and commas are not syntax in what it sets. */
const escaped = (text: string) => text.replace(/[{},]/g, '\\$&');

/** Whether an error is about one release, and not about migrate-lint. */
export const isAboutRelease = (error: unknown): error is Error =>
  error instanceof ReleaseError ||
  error instanceof StateError ||
  error instanceof TemplateError ||
  error instanceof PathError;
