// The library's face is a list that somebody decided on: a name more or less is a change for those who use it.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as library from '../src/index.ts';

const values = [
  ...['annotation', 'contents', 'defineConfig', 'defineRule', 'deletePolicies', 'describe', 'describeAll', 'doubtOf'],
  ...['explainCause', 'explore', 'firstPolicy', 'fixCharts', 'formats', 'hookEvents', 'hooksOf', 'jobsOfService'],
  ...['lint', 'migrationsOf', 'needsOf', 'placeOfCause', 'report', 'rootOf', 'selects', 'tieOf', 'whenCreated'],
  ...['withBaseline', 'workloadsOfService'],
];
const types = [
  ...['Action', 'BaselineRequest', 'Block', 'Cause', 'ChartResult', 'Container', 'DeletePolicy', 'Edit', 'Engine'],
  ...['ExploreOptions', 'Finding', 'FirstPolicy', 'Fixed', 'FixedFile', 'Format', 'Hook', 'HookEvent', 'Lack'],
  ...['LintError', 'LintOptions', 'LintResult', 'Location', 'Need', 'OptionSchema', 'Path', 'Place', 'Pod'],
  ...['PolicyService', 'Reference', 'Release', 'Report', 'Resource', 'Rule', 'RuleContext', 'Service', 'Severity'],
  ...['Step', 'Suppressed', 'Suppression', 'Timeline', 'Workload', 'WorkloadMigration'],
];

it('exports these values', () => expect(Object.keys(library).sort()).toEqual([...values].sort()));

it('exports these types', () => {
  const text = ['src/index.ts', 'src/plugin-api.ts'].map((file) => readFileSync(file, 'utf8')).join('');
  const typed = [...text.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, all, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (all !== undefined || name.startsWith('type ')))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(typed.sort()).toEqual([...types].sort());
  expect(text.match(/export \*.*/g)).toEqual(["export * from './plugin-api.ts';"]);
});
