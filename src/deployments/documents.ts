import { lstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf } from './glob.ts';

/** A YAML file outside of charts. */
export interface YamlFile {
  absolute: string;
  text: string;
}

/** What a folder holds of YAML files that may matter to deployments. */
export interface YamlFiles {
  /** Files with at least one document of a kind in {@link kinds}. */
  manifests: YamlFile[];
  helmfiles: YamlFile[];
  /** Folders of charts whose templates make Applications. */
  charts: string[];
  /** Whether any of them can be a deployment: else none of the others matters. */
  any: boolean;
  /** What was not searched, with the reason. */
  passedOver: { path: string; reason: string }[];
}

/** More than people keep in a repository; each bound is said where it is reached. */
const mostFiles = 50_000;
const mostFolders = 50_000;
const deepest = 64;
const mostBytes = 256 * 1024 * 1024;
const mostBytesOfFile = 8 * 1024 * 1024;

/** The kinds that readers of deployments look at. */
const kinds =
  /^(?:kind|"kind"):[ \t]*["']?(?:Application|ApplicationSet|AppProject|HelmRelease|HelmRepository|HelmChart|OCIRepository|GitRepository|Bucket|Kustomization|Component|ConfigMap|Secret)\b/m;
const deploying = /argoproj\.io\/v1alpha1|helm\.toolkit\.fluxcd\.io\/|\bhelm\.fluxcd\.io\/|\bflux\.weave\.works\//;
/** Not `test`, which is an environment in many repositories. */
const testData = /^(?:tests|testdata|test[-_](?:data|charts?|files|fixtures)|fixtures|__tests__|__fixtures__)$/i;
const helmfileName = /^helmfile(?:\.[\w.-]+)?\.ya?ml(?:\.gotmpl)?$/;

/**
 * Looks for YAML files below a folder (an absolute path). Not in `.git`, in the `node_modules` beside a `package.json`,
 * behind links, in what a chart has of its own (`templates`, `charts`, `crds`), and in folders of test data.
 */
export function yamlFilesBelow(folder: string): YamlFiles {
  const found: YamlFiles = { manifests: [], helmfiles: [], charts: [], any: false, passedOver: [] };
  let files = 0;
  let folders = 0;
  let bytes = 0;
  const stop = (reason: string) => found.passedOver.push({ path: folder, reason });
  const open = [{ path: folder, depth: 0 }];
  for (let here = open.pop(); here; here = open.pop()) {
    if ((folders += 1) > mostFolders) {
      stop(`more than ${mostFolders} folders: the rest was not searched for deployments`);
      return found;
    }
    const entries = entriesOf(here.path);
    const names = new Set(entries.map(({ name }) => name));
    const chart = names.has('Chart.yaml');
    if (chart && names.has('templates') && makesApplications(here.path)) {
      found.charts.push(here.path);
      found.any = true;
    }
    for (const entry of entries) {
      const { name } = entry;
      const path = join(here.path, name);
      if (entry.isDirectory()) {
        if (name === '.git' || (name === 'node_modules' && names.has('package.json'))) continue;
        if (chart && /^(?:templates|charts|crds)$/.test(name)) continue;
        if (testData.test(name)) {
          found.passedOver.push({ path, reason: 'a folder of test data is not searched for deployments; name it' });
          continue;
        }
        if (here.depth >= deepest) found.passedOver.push({ path, reason: 'deeper than folders of deployments are' });
        else open.push({ path, depth: here.depth + 1 });
        continue;
      }
      const helmfile = helmfileName.test(name) || (/^helmfile\.d$/.test(lastOf(here.path)) && isYaml(name, true));
      if (!entry.isFile() || !(helmfile || isYaml(name))) continue;
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > mostBytesOfFile) continue;
      if ((files += 1) > mostFiles || (bytes += size) > mostBytes) {
        stop(
          files > mostFiles
            ? `more than ${mostFiles} YAML files: the rest was not searched for deployments`
            : `more than ${mostBytes / 1048576} MiB of YAML: the rest was not searched for deployments`,
        );
        return found;
      }
      const text = read(path);
      if (helmfile) found.helmfiles.push({ absolute: path, text });
      else if (kinds.test(text)) found.manifests.push({ absolute: path, text });
      else continue;
      if (helmfile || deploying.test(text)) found.any = true;
    }
  }
  const byPath = (a: YamlFile, b: YamlFile) => (a.absolute < b.absolute ? -1 : 1);
  found.manifests.sort(byPath);
  found.helmfiles.sort(byPath);
  return found;
}

const lastOf = (path: string) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
const isYaml = (name: string, template = false) =>
  (template ? /\.ya?ml(?:\.gotmpl)?$/ : /\.ya?ml$/).test(name) && !/^\.?(?:_|#)/.test(name);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const mostTemplates = 500;

/** Whether a template of a chart writes an Application or an ApplicationSet (an app of apps as a chart). */
export function makesApplications(chart: string): boolean {
  const folder = join(chart, 'templates');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  return entriesOf(folder)
    .filter((entry) => entry.isFile() && isYaml(entry.name))
    .slice(0, mostTemplates)
    .some(({ name }) => {
      const path = join(folder, name);
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostBytesOfFile) return false;
      const text = read(path);
      return (
        /^apiVersion:[ \t]*["']?argoproj\.io\/v1alpha1/m.test(text) &&
        /^kind:[ \t]*["']?Application(?:Set)?\b/m.test(text)
      );
    });
}
