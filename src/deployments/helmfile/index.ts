import { dirname } from 'node:path';
import { YamlError } from '../../yaml/index.ts';
import type { Deployment, Deployments, LeftOut } from '../deployment.ts';
import { isMapping, textOf } from '../document.ts';
import type { YamlFile } from '../documents.ts';
import { PathError, type GitOpsRepository } from '../repository.ts';
import { rendered, TemplateError } from './expression.ts';
import { globbed } from './glob.ts';
import { isAboutRelease, readRelease } from './release.ts';
import { environmentsOf, loadState, StateError, type State } from './state.ts';

/** Helmfiles in helmfiles at most, and releases of all of them. */
const deepest = 8;
const mostDeployments = 5_000;

/**
 * The releases of helmfiles, in each environment that they declare. helmfile itself is not run: its templates can run
 * programs (`exec`), and what it needs for that is named.
 */
export function readHelmfile(files: readonly YamlFile[], repository: GitOpsRepository): Deployments {
  let deployments: Deployment[] = [];
  let leftOut = new Map<string, LeftOut>();
  const leave = (what: string, at: LeftOut['at'], reason: string) =>
    leftOut.set(`${what} ${at.file}:${at.line} ${reason}`, { what, at, reason });
  const included = new Set<string>();
  /** Helmfiles that lead back to themselves: nobody else reads them. */
  const cyclic = new Set<string>();
  const readOne = (
    file: string,
    environment: string,
    several: boolean,
    values: State['data']['Values'],
    above: readonly string[],
  ) => {
    const shown = repository.shown(file);
    let state: State;
    try {
      if (above.includes(file)) {
        cyclic.add(above[0]!);

        throw new StateError(`it includes itself: ${[...above, file].map((one) => repository.shown(one)).join(', ')}`);
      }
      if (above.length >= deepest) throw new StateError(`more than ${deepest} helmfiles in each other`);
      state = loadState(file, environment, repository, isMapping(values) ? values : {});
    } catch (error) {
      leave(shown, { file: shown, line: error instanceof StateError ? error.line : 1 }, reasonOf(error));
      return;
    }
    for (const release of state.releases) {
      const name = textOf(release.document.field(...release.path, 'name')) ?? '(no name)';
      try {
        if (deployments.length >= mostDeployments) throw new StateError(`more than ${mostDeployments} releases`);
        deployments.push(readRelease(release, state, several ? environment : undefined, repository));
      } catch (error) {
        if (!isAboutRelease(error) && !(error instanceof YamlError)) throw error;
        leave(`release ${name}`, release.document.at(...release.path), reasonOf(error));
      }
    }
    for (const entry of state.helmfiles) {
      const path = isMapping(entry) ? textOf(entry['path']) : textOf(entry);
      if (path === undefined) continue;
      try {
        for (const one of globbed(rendered(path, state.data), dirname(file), repository)) {
          included.add(one);
          const own = isMapping(entry) && isMapping(entry['environment']) ? entry['environment']['values'] : undefined;
          readOne(one, environment, several, mergedList(own), [...above, file]);
        }
      } catch (error) {
        if (!(error instanceof PathError || error instanceof TemplateError)) throw error;
        leave(shown, { file: shown, line: 1 }, `its helmfile ${reasonOf(error)}`);
      }
    }
  };
  const roots = new Map<string, Deployments>();
  for (const { absolute } of files) {
    [deployments, leftOut] = [[], new Map()];
    try {
      const environments = environmentsOf(absolute, repository);
      for (const environment of environments) readOne(absolute, environment, environments.length > 1, {}, []);
    } catch (error) {
      const shown = repository.shown(absolute);
      leave(shown, { file: shown, line: 1 }, reasonOf(error));
    }
    roots.set(absolute, { deployments, leftOut: [...leftOut.values()] });
  }
  // Those that others include are read with them.
  const read = [...roots].filter(([file]) => !included.has(file) || cyclic.has(file)).map(([, one]) => one);
  return {
    deployments: read.flatMap((one) => one.deployments).slice(0, mostDeployments),
    leftOut: read.flatMap((one) => one.leftOut),
  };
}

function mergedList(values: unknown): Readonly<Record<string, unknown>> {
  const list = Array.isArray(values) ? values.filter(isMapping) : [];
  return Object.assign({}, ...list) as Record<string, unknown>;
}

function reasonOf(error: unknown): string {
  if (error instanceof TemplateError)
    return `it needs helmfile for ${error.message}, and helmfile is not run: its templates can run programs`;
  if (error instanceof YamlError) return `it is not YAML: ${error.message}`;
  if (error instanceof PathError || isAboutRelease(error)) return error.message;
  throw error;
}
