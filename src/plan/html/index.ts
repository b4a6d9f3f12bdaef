import { createHash } from 'node:crypto';
import { Frames } from '../../report/frame.ts';
import { inert, safeLine } from '../../report/safe.ts';
import type { At, Plan, PlanRelease } from '../plan.ts';
import script from './browser/main.ts?text';
import style from './browser/page.css?text';
import type { PageData } from './data.ts';
import { packed, type Json } from './pack.ts';

/** What a page is made of, beside the plans. */
export interface HtmlOptions {
  cwd: string;
  errors: readonly { message: string }[];
  releases?: readonly PlanRelease[];
}

/** Characters of a page at most; plans beyond are named, not drawn. */
const mostCharacters = 1_000_000;

/** Plans as one page that needs nothing else: no network, no other file. */
export function html(plans: readonly Plan[], { cwd, errors, releases }: HtmlOptions): string {
  const told = errors.map(({ message }) => message);
  const pageWith = (count: number, lines = linesOf(plans.slice(0, count), cwd)) => {
    const left = plans.slice(count).map(({ chart }) => `${chart.path}: not in this file, which would be too large`);
    return pageOf({ plans: plans.slice(0, count), ...(releases && { releases }), lines, errors: [...told, ...left] });
  };
  const whole = pageWith(plans.length);
  if (whole.length <= mostCharacters) return whole;
  let [fits, tooMany] = [0, plans.length];
  while (tooMany - fits > 1) {
    const count = (fits + tooMany) >> 1;
    if (pageWith(count).length <= mostCharacters) fits = count;
    else tooMany = count;
  }
  return fits > 0 ? pageWith(fits) : pageWith(1, {});
}

function pageOf(data: PageData): string {
  const [first] = data.plans;
  const title = first ? `${first.chart.name || first.chart.path} · rollout` : 'Rollout';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(safeLine(title))}</title>
<style>${style}</style>
</head>
<body>
<header>
<div class="title"><h1 id="name"></h1><p id="how"></p></div>
<div id="plans"></div>
<fieldset id="rollouts" class="switch"></fieldset>
<p id="verdict" class="verdict" role="status"></p>
<button type="button" id="theme" title="Light or dark">Theme</button>
</header>
<nav id="releases" aria-label="Releases" tabindex="0" hidden></nav>
<main>
<section id="side" aria-label="Findings and search">
<input type="search" id="search" placeholder="Search resources (/)" aria-label="Search resources" autocomplete="off" spellcheck="false">
<div id="list"></div>
</section>
<section id="graph" aria-label="Rollout">
<div id="toolbar">
<label>Group by <select id="grouping"></select></label>
<button type="button" id="expand">Expand all</button>
<label><input type="checkbox" id="all-edges"> All edges</label>
<span class="zoom"><button type="button" id="zoom-out" aria-label="Zoom out">−</button><button type="button" id="zoom-in" aria-label="Zoom in">+</button><button type="button" id="fit">Fit</button></span>
<details id="help"><summary>Legend</summary>
<ul>
<li><span class="key-edge unmet"></span>waits for or needs what never comes</li>
<li><span class="key-edge in-vain"></span>waits in vain and goes on</li>
<li><span class="key-edge met"></span>is there in time</li>
<li>✗ stops here · ? may stop · ! never ready · – not reached · ✓ goes through</li>
<li><kbd>/</kbd> search · <kbd>↑ ↓ ← →</kbd> walk in the picture and the list · <kbd>Enter</kbd> select · <kbd>Esc</kbd> back</li>
<li><kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> or Ctrl and the wheel zoom · <kbd>u</kbd> next action</li>
</ul></details>
</div>
<div id="scroller" tabindex="0" role="region" aria-label="Picture of the rollout"></div>
</section>
<section id="details" aria-label="Details" tabindex="-1" hidden><button type="button" id="close"></button><div id="details-content"></div></section>
</main>
<svg id="svg" hidden></svg>
<noscript><p>This page draws the rollout with JavaScript; migrate-lint plan prints the same as text.</p></noscript>
<script type="application/json" id="data">${jsonOf(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that ends no element and holds nothing that a terminal, a CI server or a reader takes for anything but text. */
function jsonOf(data: PageData): string {
  const pool = packed(data as unknown as Json).map((entry) =>
    typeof entry === 'string' ? inert(safeLine(entry)) : entry,
  );
  return JSON.stringify(pool).replaceAll('<', '\\u003c').replaceAll('&', '\\u0026');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The lines that plans name, with their neighbours; of a Secret its own only, since what is around may be secret. */
function linesOf(plans: readonly Plan[], cwd: string): PageData['lines'] {
  const frames = new Frames(
    cwd,
    plans.map(({ chart }) => chart.path),
  );
  const files = new Map<string, Map<number, string>>();
  const add = (at: At, alone = false) => {
    const lines = files.get(at.file) ?? new Map<number, string>();
    for (const { number, text, marked } of frames.around({ ...at, column: 1 }, true))
      if (marked || !alone) lines.set(number, text.slice(0, 200));
    if (lines.size > 0) files.set(at.file, lines);
  };
  for (const { rollouts } of plans)
    for (const { resources, findings } of rollouts) {
      for (const { kind, at, needs } of resources) {
        add(at, kind === 'Secret');
        for (const need of needs)
          if (need.state === 'unmet') for (const one of [need, ...need.because]) add(one.at, kind === 'Secret');
      }
      for (const { at } of findings) add(at);
    }
  return Object.fromEntries([...files].map(([file, lines]) => [file, [...lines].sort(([a], [b]) => a - b)]));
}
