// Lints the charts of the rules one by one, and stops with exit 1 at the first whose findings or terminal output are
// not those that are kept. node charts.js FIRST…: the rules whose charts come first.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { lint } from '../../src/lint.ts';
import { expectations, ruleCharts } from '../expectations.ts';
import { helmBinary } from '../helm/binaries.ts';
import { terminal } from '../terminal.ts';
import { settings } from '../rule-pages.ts';

const root = 'fixtures/rules';
const first = process.argv.slice(2);
const ids = readdirSync(root).sort((a, b) => Number(first.includes(b)) - Number(first.includes(a)));
const { path } = await helmBinary('4.2.3');
for (const id of ids) {
  for (const chart of ruleCharts(join(root, id))) {
    const result = await lint({
      paths: [chart],
      cwd: '.',
      env: { ...process.env, HELM_BIN: path },
      only: [id],
      ...settings(chart),
    });
    const places = result.charts
      .flatMap((one) => one.findings)
      .map(({ location, severity }) => `${relative(chart, location.file)}:${location.line} ${severity}`);
    const wanted = expectations(chart, id);
    const kept = `${chart}.txt`;
    const right =
      result.errors.length === 0 &&
      [...new Set(places)].sort().join() === wanted.join() &&
      (!basename(chart).startsWith('bad') || !existsSync(kept) || terminal(result) === readFileSync(kept, 'utf8'));
    if (right) continue;
    console.log(chart);
    process.exit(1);
  }
}
process.exit(0);
