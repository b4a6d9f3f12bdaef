// A finding at a line that prints a value names the value and its line: that is what people edit.
import { expect, it } from 'vitest';
import { lint } from '../src/lint.ts';
import { stylish } from '../src/report/stylish.ts';
import { migrationJob, scratchChart } from './chart/scratch.ts';
import { helmBinary } from './helm/binaries.ts';

it('names the value and its line in values.yaml', async () => {
  const env = { ...process.env, HELM_BIN: (await helmBinary('4.2.3')).path };
  const job = migrationJob().replace(
    /^( +)template:/m,
    '$1backoffLimit: {{ .Values.job.retries }}\n$1activeDeadlineSeconds: 600\n$1template:',
  );
  const chart = scratchChart({ 'templates/job.yaml': job, 'values.yaml': '# ours\njob:\n  retries: 99\n' });
  const result = await lint({ paths: [chart], cwd: chart, env, only: ['backoff-limit', 'job-deadline'] });
  const places = result.charts[0]!.findings.map(({ rule, location }) => [rule, location.file, location.value]);
  expect(places).toEqual([
    ['backoff-limit', 'templates/job.yaml', { path: '.Values.job.retries', file: 'values.yaml', line: 3 }],
    ['job-deadline', 'templates/job.yaml', undefined],
  ]);
  const text = stylish(result, { color: false, width: 100, hyperlinks: false, showRendered: false, cwd: chart });
  expect(text).toContain('.Values.job.retries is set at values.yaml:3');
});
