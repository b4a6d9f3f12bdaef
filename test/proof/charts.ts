import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Loose } from './kinds.ts';

const folders: string[] = [];

/**
 * Writes a small chart to a folder of its own; `files` are templates (or paths with a slash), as text or as objects.
 */
export async function writeChart(files: Record<string, string | Loose[]>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proof-chart-'));
  folders.push(folder);
  const all: Record<string, string | Loose[]> = {
    '/Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n',
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    const path = join(folder, name.startsWith('/') ? name : join('templates', name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      typeof content === 'string' ? content : content.map((object) => JSON.stringify(object)).join('\n---\n'),
    );
  }
  return folder;
}

/** Removes what `writeChart` wrote. */
export async function removeCharts(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** The annotations of a hook. */
export function hook(events: string, weight?: string, policy?: string): Record<string, string> {
  return {
    'helm.sh/hook': events,
    ...(weight === undefined ? {} : { 'helm.sh/hook-weight': weight }),
    ...(policy === undefined ? {} : { 'helm.sh/hook-delete-policy': policy }),
  };
}

/** A Job with one container, whose pod spec and spec can be added to. */
export function job(name: string, annotations: Loose = {}, pod: Loose = {}, spec: Loose = {}): Loose {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, annotations },
    spec: {
      backoffLimit: 0,
      ...spec,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'image' }], ...pod } },
    },
  };
}

/** A Deployment with one container, whose pod spec can be added to. */
export function deployment(name: string, pod: Loose = {}, annotations: Loose = {}): Loose {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'image' }], ...pod } },
    },
  };
}

/** A Service of the pods of `app`. */
export function service(name: string, app: string, port: number, more: Loose = {}): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port }], ...more },
  };
}

/** A Secret or ConfigMap with one key. */
export function holder(kind: 'Secret' | 'ConfigMap', name: string, annotations: Loose = {}, key = 'key'): Loose {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, annotations },
    [kind === 'Secret' ? 'stringData' : 'data']: { [key]: 'value' },
  };
}
