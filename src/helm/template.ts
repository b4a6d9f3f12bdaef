import { readCause } from './cause.ts';
import { helmEnvironment, neutralFolder, type Environment } from './environment.ts';
import { HelmError } from './error.ts';
import type { Helm } from './find.ts';
import { readLog, type DroppedHook } from './log.ts';
import { accessOf, templateArguments, type TemplateRequest } from './request.ts';
import { run, type RunResult } from './run.ts';
import { foreignReference } from './schema.ts';
import { oneLine, plain } from './text.ts';
import { notHelm } from './version.ts';

/**
 * Helm renders large charts in a tenth of it; a text given to `tpl` that calls itself takes 4 GB and more before Helm
 * itself gives up.
 */
const mostMemory = 2 * 1024 ** 3;

/** Bounds of one `helm template`. */
export interface TemplateLimits {
  /** Milliseconds until Helm and its children are killed; 60 000 by default. */
  timeoutMs?: number;
  /** Bytes of rendered text; 256 MiB by default. */
  maxBytes?: number;
  /** Bytes of memory; 2 GiB by default. Linux only: elsewhere nobody is asked. */
  maxMemory?: number;
  /** Kills Helm when aborted. */
  signal?: AbortSignal;
  env: Environment;
}

/** What Helm rendered. */
export interface TemplateResult {
  stdout: string;
  /** Without control characters. */
  stderr: string;
  droppedHooks: DroppedHook[];
  /** Helm's own warnings, one line each. */
  warnings: string[];
}

/**
 * Runs `helm template`. Without `allowNetwork` the schema of a chart that refers to the network or to a file outside is
 * not checked, and a warning says so. Throws {@link HelmError}.
 */
export async function template(helm: Helm, request: TemplateRequest, limits: TemplateLimits): Promise<TemplateResult> {
  const { timeoutMs = 60_000, maxBytes = 256 * 1024 * 1024, maxMemory = mostMemory, signal, env } = limits;
  const foreign =
    request.skipSchemaValidation || request.allowNetwork ? undefined : await foreignReference(request.chart);
  const args = templateArguments(foreign ? { ...request, skipSchemaValidation: true } : request);
  const result = await run(helm.path, args, {
    env: helmEnvironment(env, accessOf(request)),
    cwd: neutralFolder,
    timeoutMs,
    maxBytes,
    maxMemory,
    signal,
  });
  const fault = stopped(result, helm, { timeoutMs, maxBytes, maxMemory, signal });
  if (fault) throw fault;
  const failed = result.exitCode !== 0;
  // Both are rare with a real Helm, so the question costs nothing in the common case.
  if (failed ? !/^Error: /m.test(result.stderr) : !/^# Source: /m.test(result.stdout.slice(0, 65_536)))
    await helm.version();
  if (failed) throw readCause(result.stderr, request.chart, result.stdout);
  const { droppedHooks, warnings } = readLog(result.stderr);
  if (foreign)
    warnings.push(
      `the values are not checked against ${oneLine(plain(foreign.file), 200)}, which Helm would follow to ${foreign.reference} (--allow-network lets it)`,
    );
  return { stdout: result.stdout, stderr: plain(result.stderr), droppedHooks, warnings };
}

function stopped(
  result: RunResult,
  helm: Helm,
  {
    timeoutMs,
    maxBytes,
    maxMemory,
    signal,
  }: Required<Omit<TemplateLimits, 'env' | 'signal'>> & Pick<TemplateLimits, 'signal'>,
): HelmError | undefined {
  const detail = plain(result.stderr).trim();
  switch (result.ended) {
    case 'exit':
      return undefined;
    case 'killed':
      return new HelmError(
        `Helm was ended from outside by ${result.code ?? 'a signal'}${result.code === 'SIGKILL' ? ', as a system short of memory does' : ''}`,
        { kind: 'other', detail },
      );
    case 'failed':
      return notHelm(helm.path, result);
    case 'timeout':
      return new HelmError(
        `Helm did not finish within ${timeoutMs / 1000} s and was stopped: a template may loop without end`,
        { kind: 'timeout', detail },
      );
    case 'too-large':
      return new HelmError(
        `Helm wrote more than ${Math.round(maxBytes / 1024 / 1024)} MiB and was stopped: a template may repeat itself without end`,
        { kind: 'too-large', detail },
      );
    case 'memory':
      return new HelmError(
        `helm template took more than ${maxMemory / 1024 ** 3} GiB of memory and was stopped: a template or a text given to tpl may call itself without end`,
        { kind: 'memory', detail },
      );
    case 'aborted':
      return new HelmError('Helm was stopped', { kind: 'other', cause: signal?.reason });
  }
}
