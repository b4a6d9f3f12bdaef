import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A chart `shop` in a temporary folder that is removed after the tests; paths are relative to the chart. */
export function scratchChart(files: Readonly<Record<string, string>>): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'migrate-lint-test-')), 'shop');
  made.push(dirname(folder));
  for (const [path, text] of Object.entries({
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    ...files,
  })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A hook Job that migrates, without backoffLimit; `%` lines are put where the marker stands. */
export function migrationJob({ spec = '', metadata = '', annotations = '' } = {}): string {
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
${metadata}  annotations:
    helm.sh/hook: pre-install,pre-upgrade
${annotations}${spec}spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example/shop:1.0.0
          command: [alembic, upgrade, head]
`;
}
