import type { Policy } from '../config/index.ts';
import type { Place } from '../parse/index.ts';
import type { Locate, Location } from '../place/index.ts';
import { dependencyOf } from '../render/dependencies.ts';
import type { Action, Severity } from '../rule.ts';
import type { Finding, Suppressed } from '../finding.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { FileLine } from '../place/location.ts';

/** Something that no rule has looked at, and why. */
export interface Unjudged {
  /** What it is, for the fingerprint: nothing that changes from run to run. */
  what: string;
  /** One sentence: what was not judged and why. */
  message: string;
  at: Place | Location;
  /**
   * `lost`: what was asked for is not judged. `refused`: the chart itself refuses it, as charts do on purpose (`fail`,
   * `required`). `bounded`: `--explore` could have looked further.
   */
  cause: 'lost' | 'refused' | 'bounded';
  /** What to do, so that it is judged. */
  help: string;
  actions: readonly Action[];
  /** The scenarios, where some of several only are concerned. */
  scenarios?: readonly string[];
}

/** The severity of each cause for a policy, and for the options of the run. */
export interface UnjudgedSettings {
  policy?: Pick<Policy, 'rules'>;
  ruleOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  only?: readonly string[];
}

const id = 'not-judged';
const levels = ['error', 'warning', 'info'] as const;

/**
 * Findings of the rule `not-judged`, each reported once whatever action it is said of; those that the policy turns off
 * are suppressed. `--rule` of other rules does not turn it off, since they cannot speak of what they did not see.
 */
export function unjudgedFindings(
  items: readonly Unjudged[],
  settings: UnjudgedSettings,
  locate: Locate = () => ({ file: '', line: 1, column: 1 }),
): { findings: Finding[]; suppressed: Suppressed[] } {
  const { policy, only } = settings;
  if (only?.length === 0) return { findings: [], suppressed: [] };
  const written = policy?.rules[id];
  const at = written && fileLine(written.origin);
  const own: UnjudgedSettings = { ...settings, policy: undefined };
  const suppressed: Suppressed[] = [];
  const findings = new Map<string, Finding>();
  for (const item of items) {
    const mildest = severityOf(item.cause, own);
    const severity = severityOf(item.cause, settings);
    if (severity === 'off') {
      if (mildest !== 'off')
        suppressed.push({ finding: findingOf(item, mildest, locate), by: 'policy', at, reason: `rules: ${id}` });
      continue;
    }
    const lowered = mildest !== 'off' && levels.indexOf(severity) > levels.indexOf(mildest);
    const finding = {
      ...findingOf(item, severity, locate),
      ...(lowered && { lowered: { from: mildest, at } }),
    };
    const known = findings.get(`${finding.fingerprint} ${finding.location.line}`);
    if (known) known.actions = [...new Set([...known.actions, ...finding.actions])];
    else findings.set(`${finding.fingerprint} ${finding.location.line}`, finding);
  }
  return { findings: [...findings.values()], suppressed };
}

/** `.migrate-lint.yaml:12` as file and line. */
function fileLine(origin: string): FileLine {
  const [, file = origin, line = '1'] = /^(.*):(\d+)$/.exec(origin) ?? [];
  return { file, line: Number(line) };
}

function findingOf(
  { what, message, at, help, actions, scenarios }: Unjudged,
  severity: Severity,
  locate: Locate,
): Finding {
  const place = 'resource' in at ? at : undefined;
  const location = place ? locate(place) : (at as Location);
  const dependency = dependencyOf(place?.resource.manifest.source);
  const { apiVersion = '', kind = '', name = '', namespace = '' } = place?.resource ?? {};
  return {
    rule: id,
    severity,
    message,
    resource: { apiVersion, kind, name, namespace },
    location,
    because: [],
    actions: [...actions],
    ...(scenarios && { scenarios: [...scenarios] }),
    ...(dependency !== undefined && { dependency }),
    help,
    fingerprint: fingerprintOf([id, what, location.file, kind, name]),
  };
}

function severityOf(cause: Unjudged['cause'], { policy, ruleOptions, only }: UnjudgedSettings): Severity | 'off' {
  const setting = policy?.rules[id];
  const options = { refused: 'warning', ...setting?.options, ...ruleOptions?.[id] } as { refused: Severity | 'off' };
  const own = cause === 'lost' ? 'error' : cause === 'bounded' ? 'warning' : options.refused;
  const most = setting?.severity ?? 'error';
  if (own === 'off') return 'off';
  if (most === 'off') return only?.includes(id) ? own : 'off';
  return levels[Math.max(levels.indexOf(own), levels.indexOf(most))]!;
}
