import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { isInside } from '../paths.ts';
import { safe } from '../report/safe.ts';
import type { LintError } from '../result.ts';
import type { Drawing, Shown } from './diagnostics.ts';
import { columnOfByte, rangeOf } from './ranges.ts';

/** Where an error is: of a chart that does not render where Helm says so, of a policy at its line. */
interface Spot {
  path: string;
  line: number;
  column: number;
}

/** What could not be linted, as diagnostics; an error without a place is shown at the top of the Chart.yaml. */
export function faultsOf(errors: readonly LintError[], chart: string, drawing: Drawing): Shown[] {
  return errors.map((error) => {
    const policy = policyPlace(error, drawing);
    const spot = policy ?? helmPlace(error, chart, drawing) ?? { path: join(chart, 'Chart.yaml'), line: 1, column: 1 };
    const { path } = spot;
    return {
      path,
      findings: [],
      diagnostic: {
        range: rangeOf(spot, drawing.textOf(path)),
        severity: 1,
        source: 'migrate-lint',
        code: policy ? 'policy' : error.at ? 'helm' : 'not-linted',
        message: safe(policy?.message ?? error.message),
      },
    };
  });
}

function helmPlace({ at, message }: LintError, chart: string, { textOf }: Drawing): Spot | undefined {
  if (!at) return undefined;
  const path = fileOf(at.file, chart, textOf);
  if (path === undefined) return undefined;
  // Of values and Chart.yaml Helm names the line in its text; of a rendered document it is not the template's.
  const said = /line \d+ of the rendered document/.test(message) ? undefined : /\byaml: line (\d+)/.exec(message)?.[1];
  const line = at.line ?? Number(said ?? 1);
  const text = textOf(path)?.split('\n')[line - 1] ?? '';
  const column = at.column === undefined ? (/\S/.exec(text)?.index ?? 0) + 1 : columnOfByte(at.column, text);
  return { path, line, column };
}

/** The file that Helm names: `shop/templates/job.yaml`, `values.yaml`, or a path that it was given. */
function fileOf(named: string, chart: string, textOf: Drawing['textOf']): string | undefined {
  const candidates = isAbsolute(named)
    ? [named]
    : [join(chart, named), join(chart, named.split('/').slice(1).join('/'))].filter((one) => isInside(chart, one));
  return candidates.find((one) => one !== chart && (existsSync(one) || textOf(one) !== undefined));
}

/** `.migrate-lint.yaml:3:5: …`, as faults of a policy begin. */
function policyPlace({ message, at }: LintError, { cwd, textOf }: Drawing): (Spot & { message: string }) | undefined {
  const [, file, line, column = '1', rest = ''] = /^(.+?\.ya?ml):(\d+)(?::(\d+))?: (.*)$/s.exec(message) ?? [];
  if (at) return undefined;
  if (file === undefined) return undefined;
  const path = resolve(cwd, file);
  return textOf(path) === undefined ? undefined : { path, line: Number(line), column: Number(column), message: rest };
}
