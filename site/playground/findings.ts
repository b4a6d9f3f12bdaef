import { button, el, hidden } from '../../src/plan/html/browser/dom.ts';
import type { Finding, PlaygroundResult } from '../../src/playground.ts';

/** Findings that are listed at most. */
const mostListed = 200;
const marks = { error: '✗', warning: '!', info: 'i' } as const;

/** What lines and rules lead to. */
interface Ways {
  reveal: (line: number) => void;
  /** The address of a rule's page. */
  rule: (id: string) => string;
}

/** The findings as a list: texts of the manifests are in it as text only. */
export function drawFindings({ charts, errors }: PlaygroundResult, ways: Ways): HTMLElement[] {
  const findings = charts.flatMap((chart) => chart.findings);
  const suppressed = charts.flatMap((chart) => chart.suppressed).length;
  const notes = [
    ...errors.map(({ message }) => el('p', { class: 'failed' }, message)),
    findings.length === 0 && errors.length === 0 && el('p', { class: 'note' }, 'No findings.'),
    findings.length > mostListed && el('p', { class: 'note' }, `and ${findings.length - mostListed} more`),
    suppressed > 0 && el('p', { class: 'note' }, `${suppressed} suppressed`),
  ].filter((note) => note !== false);
  return [el('ul', {}, ...findings.slice(0, mostListed).map((finding) => drawFinding(finding, ways))), ...notes];
}

function drawFinding({ rule, severity, message, location, because, help, actions }: Finding, ways: Ways): HTMLElement {
  const line = (text: string, number: number) =>
    button({ class: 'line', 'aria-label': `Line ${number}: ${text}` }, () => ways.reveal(number), `line ${number}`);
  return el(
    'li',
    { class: `finding ${severity}` },
    el(
      'p',
      { class: 'head' },
      el('span', { class: 'mark', 'aria-hidden': 'true' }, marks[severity]),
      hidden(`${severity}: `),
      line(message, location.line),
      el('a', { href: ways.rule(rule) }, rule),
      actions.length === 1 && el('span', { class: 'note' }, `${actions[0]} only`),
    ),
    el('p', { class: 'message' }, ...withCode(message)),
    because.length > 0 &&
      el('ol', {}, ...because.map((link) => el('li', {}, `${link.message} `, line(link.message, link.location.line)))),
    help !== '' && el('p', { class: 'help' }, el('strong', {}, 'Fix: '), ...withCode(help)),
  );
}

/** What is between backticks as code. */
function withCode(text: string): (Node | string)[] {
  return text.split('`').map((part, index, all) => {
    // The last part has a backtick before it only, where their number is odd.
    if (index % 2 === 0) return part;
    return index === all.length - 1 ? `\`${part}` : el('code', {}, part);
  });
}
