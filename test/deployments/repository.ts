import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findDeployments } from '../../src/deployments/index.ts';
import type { Deployments } from '../../src/deployments/deployment.ts';

/** The address of the repositories that are made here. */
export const origin = 'https://git.example/acme/gitops.git';

/** A folder that is a Git repository with a remote, and its files; removed by the caller. */
export function repository(files: Readonly<Record<string, string>> = {}, fixture?: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'migrate-lint-gitops-')));
  if (fixture !== undefined) cpSync(fixture, folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  execFileSync('git', ['init', '-q', folder]);
  execFileSync('git', ['-C', folder, 'remote', 'add', 'origin', origin]);
  return folder;
}

/** The deployments of a repository that is removed after the test. */
export async function deploymentsOf(
  files: Readonly<Record<string, string>>,
  prepare: (folder: string) => void = () => undefined,
): Promise<Deployments> {
  const folder = repository(files);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  prepare(folder);
  return (await findDeployments([folder], folder)) ?? { deployments: [], leftOut: [] };
}

/** A chart that Helm could render. */
export const chart = (path: string): Record<string, string> => ({
  [`${path}/Chart.yaml`]: 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
});

/** A migration Job that runs before the install and waits for a host; `annotations` and `above` are further lines. */
export const waitingJob = ({
  name = 'migrate',
  host = 'db',
  port = 5432,
  annotations = '',
  above = '',
} = {}): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations:
    helm.sh/hook: pre-install
${annotations}spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: migrate:1
${above}          command: [sh, -c, 'until nc -z ${host} ${port}; do sleep 1; done']
`;
