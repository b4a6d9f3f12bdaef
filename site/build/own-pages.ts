// The pages that only the site has: the start page and the playground. What they show is what tests check elsewhere.
import { readFileSync } from 'node:fs';
import { lintText } from '../../src/playground.ts';
import { examples } from '../examples/index.ts';
import type { SitePage } from './pages.ts';
import { pictureOf } from './picture.ts';

const [example] = examples;
const template = `${example!.chart}/templates/migrate.yaml`;
/** The lines of the example that make the deadlock; between the others some are left out. */
const telling = [/^kind:/, /^metadata:/, /^ {2}annotations:/, /helm\.sh\/hook:/, undefined, /command: .*until nc/];

/** Throws where what it shows is not in the README or the fixture any more. */
export async function startPage(): Promise<SitePage> {
  const readme = readFileSync('README.md', 'utf8');
  const claim = required(/^# .*\n\n(.*)\n/.exec(readme)?.[1], 'the first sentences of the README');
  const report = required(/```\n(\$ migrate-lint chart\/\n[\s\S]*?)```/.exec(readme)?.[1], 'the report of the README');
  const trust = required(
    /^## Why you can trust it\n\n([\s\S]*?)(?=^## )/m.exec(readme)?.[1],
    'what the README promises',
  );
  const rendered = readFileSync(`site/examples/${example!.id}.yaml`, 'utf8');
  const { plans } = await lintText(rendered, example!.options, 'rendered.yaml');
  const text = `---
layout: page
title: migrate-lint
titleTemplate: Helm migration hooks that hang, found before you deploy
sidebar: false
---

<div class="start">
<div class="column">
<section class="claim">
<h1>This hook hangs every install. See it before you deploy.</h1>
<p>${claim}</p>

<div class="vp-doc">

\`\`\`sh
npm install --global migrate-lint
\`\`\`

</div>
<p class="ways"><a class="way main" href="./tutorial.html">Get started</a> <a class="way" href="./playground.html">Try it in the browser</a> <a class="way" href="./install.html">Install without Node</a></p>
</section>
<section class="rollout" aria-label="Rollout">
${pictureOf(plans[0]!)}
</section>
</div>
<div class="column">
<section class="yaml vp-doc" aria-label="Chart">

\`\`\`yaml
${tellingLines().join('\n')}
\`\`\`

</section>
<section class="report vp-doc" aria-label="Report">

\`\`\`text
${report.trimEnd()}
\`\`\`

</section>
</div>
</div>

<div class="start-more vp-doc">

## Why you can trust it

${trust.replaceAll('](docs/proof.md)', '](./proof.md)').replaceAll('](docs/security.md)', '](./security.md)').replaceAll('docs/proof.md', 'proof').replaceAll('docs/security.md', 'security')}
</div>
`;
  return { path: 'index.md', source: 'README.md', text };
}

function tellingLines(): string[] {
  const lines = readFileSync(template, 'utf8').split('\n');
  return telling.map((pattern) =>
    pattern === undefined
      ? '# …'
      : required(
          lines.find((line) => pattern.test(line)),
          `${pattern.source} in ${template}`,
        ),
  );
}

function required(text: string | undefined, what: string): string {
  if (text === undefined) throw new Error(`the start page misses ${what}`);
  return text;
}

export function playgroundPage(): SitePage {
  const text = `---
layout: page
title: Playground
description: The linter in your browser. Nothing is uploaded.
sidebar: false
---

<Playground />
`;
  return { path: 'playground.md', source: 'site/build/own-pages.ts', text };
}
