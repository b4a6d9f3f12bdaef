import type { SetOption } from '../helm/index.ts';
import { lint, type LintResult } from '../lint.ts';
import { json } from '../report/json.ts';
import { stylish } from '../report/stylish.ts';
import { exit } from './main.ts';

/** The options of the command line, as commander parsed them. */
export interface Flags {
  values: string[];
  sets: SetOption[];
  namespace?: string;
  releaseName: string;
  kubeVersion?: string;
  apiVersions: string[];
  skipSchemaValidation?: boolean;
  action: 'install' | 'upgrade' | 'both';
  from?: string;
  engine: 'helm' | 'argocd' | 'flux';
  wait?: boolean;
  atomic?: boolean;
  rollbackOnFailure?: boolean;
  format: 'stylish' | 'json';
  maxWarnings?: number;
  helm?: string;
  offline?: boolean;
  color?: boolean;
}

/** Lints what the command line names, prints the report, and gives the exit code. */
export async function run(charts: string[], flags: Flags): Promise<number> {
  const result = await lint({
    paths: charts,
    cwd: process.cwd(),
    env: process.env,
    readStdin,
    helm: flags.helm,
    offline: flags.offline,
    onDownload: (message) => process.stderr.write(`${message}\n`),
    valuesFiles: flags.values,
    set: flags.sets,
    namespace: flags.namespace,
    releaseName: flags.releaseName,
    kubeVersion: flags.kubeVersion,
    apiVersions: flags.apiVersions,
    skipSchemaValidation: flags.skipSchemaValidation,
    actions: flags.action === 'both' ? ['install', 'upgrade'] : [flags.action],
    engine: flags.engine,
    from: flags.from,
    wait: flags.wait || flags.atomic || flags.rollbackOnFailure || false,
  });
  for (const { message } of result.errors) if (flags.format !== 'stylish' || result.charts.length === 0) process.stderr.write(`migrate-lint: ${message}\n`);
  if (flags.format === 'json') process.stdout.write(json(result));
  else if (result.charts.length > 0) process.stdout.write(stylish(result, { color: colored(flags.color), width: Math.max(60, Math.min(process.stdout.columns ?? 120, 140)) }));
  return codeOf(result, flags.maxWarnings);
}

function codeOf({ errors, summary }: LintResult, maxWarnings: number | undefined): number {
  if (errors.length > 0) return exit.failed;
  return summary.errors > 0 || (maxWarnings !== undefined && summary.warnings > maxWarnings) ? exit.findings : exit.ok;
}

/** Colour on a terminal only; NO_COLOR and FORCE_COLOR as their conventions say. */
function colored(flag: boolean | undefined): boolean {
  if (flag !== undefined) return flag;
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR'] && process.env['FORCE_COLOR'] !== '0') return true;
  return process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 65 * 1024 * 1024) break;
  }
  return Buffer.concat(chunks);
}
