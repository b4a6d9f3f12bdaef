import { oneLine, plain, unquote } from './text.ts';

/** A document Helm left out, with the annotation's text as Helm logged it. Helm names neither file nor resource. */
export interface DroppedHook {
  hookTypes: string;
}

/** What `helm template` says on stderr beside an error. */
export interface HelmLog {
  droppedHooks: DroppedHook[];
  warnings: string[];
}

// Helm 3, `log.Printf` with short file: `manifest_sorter.go:190: info: skipping unknown hook: "pre-instal"`.
const old = /^\w+\.go:\d+: (?:info|warning|WARNING): /;
const oldHook = /^\w+\.go:\d+: info: skipping unknown hook: (".*")$/;
// Helm 4, `slog` as text: `level=INFO msg="skipping unknown hooks" hookTypes=pre-instal`.
const pair = /([\w.-]+)=("(?:[^"\\]|\\.)*"|\S*)/g;

/** True for a line of Helm's log, as opposed to its error. */
export function isLogLine(line: string): boolean {
  return old.test(line) || /^(?:time=\S+ )?level=[A-Z]+/.test(line);
}

/** Reads Helm 3's and Helm 4's log lines. */
export function readLog(stderr: string): HelmLog {
  const log: HelmLog = { droppedHooks: [], warnings: [] };
  for (const line of stderr.split('\n')) {
    const hook = oldHook.exec(line);
    if (hook) log.droppedHooks.push({ hookTypes: plain(unquote(hook[1]!)) });
    else if (/^(?:time=\S+ )?level=/.test(line)) readStructured(line, log);
    else if (/^(?:\w+\.go:\d+: )?warning:/i.test(line)) log.warnings.push(warning(line));
  }
  return log;
}

function readStructured(line: string, log: HelmLog): void {
  const {
    level,
    msg = '',
    ...rest
  } = Object.fromEntries([...line.matchAll(pair)].map((found) => [found[1], unquote(found[2]!)])) as Record<
    string,
    string
  >;
  if (/^skipping unknown hook/.test(msg)) log.droppedHooks.push({ hookTypes: plain(rest['hookTypes'] ?? '') });
  else if (level === 'WARN') {
    delete rest['time'];
    const parts = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
    log.warnings.push(warning(parts.length > 0 ? `${msg} (${parts.join(', ')})` : msg));
  }
}

function warning(line: string): string {
  return oneLine(plain(line.replace(/^(?:\w+\.go:\d+: )?warning:\s*/i, '')));
}
