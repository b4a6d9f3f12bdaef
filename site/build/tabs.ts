import { repository } from './repository.ts';

/** An example of a rule page: a chart that is wrong or right, with its files and the output. */
interface Example {
  title: string;
  chart: string;
  text: string;
}

const heading = /^### (Wrong|Right): `([^`]+)`$/m;

/** A rule page whose first two charts are tabs, and whose further examples are folded. */
export function withTabs(page: string): string {
  const more = page.indexOf('\n## More examples\n');
  const [main, rest] = more === -1 ? [page, ''] : [page.slice(0, more), page.slice(more)];
  return tabbed(main) + folded(rest);
}

function tabbed(text: string): string {
  const start = text.search(heading);
  if (start === -1) return text;
  const end = start + (/^## /m.exec(text.slice(start))?.index ?? text.length - start);
  const examples = examplesOf(text.slice(start, end));
  const panels = examples.map(
    ({ chart, text }, index) => `<template #tab${index}>\n\n${link(chart)}\n\n${text.trim()}\n\n</template>\n`,
  );
  const names = examples.map(({ title }) => title).join(',');
  return `${text.slice(0, start)}<ExampleTabs names="${names}">\n${panels.join('')}</ExampleTabs>\n\n${text.slice(end)}`;
}

function folded(text: string): string {
  const examples = examplesOf(text);
  if (examples.length === 0) return text;
  const items = examples.map(
    ({ title, chart, text }) =>
      `<details class="example"><summary>${title}: ${chart.replace(/^.*\//, '')}</summary>\n\n${link(chart)}\n\n${text.trim()}\n\n</details>\n`,
  );
  return `${text.slice(0, text.search(heading))}${items.join('\n')}`;
}

function examplesOf(text: string): Example[] {
  const parts = text.split(new RegExp(heading, 'gm')).slice(1);
  return Array.from({ length: parts.length / 3 }, (_, index) => {
    const [title, chart, body] = parts.slice(index * 3) as [string, string, string];
    return { title, chart, text: body };
  });
}

const link = (chart: string) => `[\`${chart}\`](${repository}/tree/main/${chart})`;
