import { resolve } from 'node:path';
import type { Hover } from 'vscode-languageserver';
import { fateOf, factsOf } from '../plan/fate.ts';
import type { PlanNeed } from '../plan/plan.ts';
import { safeLine } from '../report/safe.ts';
import type { OpenChart } from './chart.ts';
import { turnsOf, turnTexts, type Turn } from './turns.ts';

/** Needs and resources that one hover shows. */
const mostNeeds = 8;
const mostResources = 12;

/** On an annotation that makes a resource a hook, or says how it runs: when it runs, before and after what. */
export function hoverOf(chart: OpenChart, path: string, line: number, text: string): Hover | undefined {
  const { last } = chart;
  // The line may have been edited since.
  if (!last || !/helm\.sh\/|argocd\.argoproj\.io\//.test(text)) return undefined;
  const ids = last.seen.hookLines
    .filter((one) => resolve(chart.cwd, one.file) === path && chart.lineNow(path, one.line) === line)
    .flatMap(({ resources }) => resources);
  const all = [...new Set(ids)].map((id) => turnsOf(last.seen.plans, id)).filter((turns) => turns.length > 0);
  const [only] = all;
  if (!only) return undefined;
  const value = all.length === 1 ? [...new Set(only.map(turnMarkdown))].join('\n\n---\n\n') : listOf(all);
  return { contents: { kind: 'markdown', value } };
}

/** A line of a named template that makes several resources hooks: a line for each. */
function listOf(all: readonly Turn[][]): string {
  const lines = all.slice(0, mostResources).map((turns) => {
    const { kind, name } = turns[0]!.resource;
    return `- **${plain(`${kind}/${name}`)}**: ${plain(turnTexts(turns).join('. '))}`;
  });
  return [...lines, ...(all.length > mostResources ? [`- and ${all.length - mostResources} more`] : [])].join('\n');
}

function turnMarkdown(turn: Turn): string {
  const { phase, resource, number, count, before, after, rollout } = turn;
  const step = phase.steps.find(({ create }) => create.includes(resource.id))!;
  const fate = fateOf(resource, step);
  const facts = factsOf(resource);
  const removed = step.remove.includes(resource.id);
  const needs = resource.needs.slice(0, mostNeeds).map((need) => `- ${needText(need)}`);
  const left = resource.needs.length - needs.length;
  return [
    `**${plain(`${resource.kind}/${resource.name}`)}**: ${plain(phase.title)}, ${number} of ${count}${fate.text ? ` — **${plain(fate.text)}**` : ''}`,
    '',
    `- ${plain(phase.how)}`,
    ...(resource.hook ? [`- weight ${resource.hook.weight}`] : []),
    `- ${before ? `after ${plain(`${before.kind}/${before.name}`)}` : `first of ${plain(rollout.actions.join(' and '))}'s ${plain(phase.title)}`}`,
    ...(after ? [`- before ${plain(`${after.kind}/${after.name}`)}`] : []),
    ...(facts ? [`- ${plain(facts)}${removed ? ' (deleted at the end of this step)' : ''}`] : []),
    ...needs,
    ...(left > 0 ? [`- and ${left} more`] : []),
  ].join('\n');
}

function needText({ text, when, state, doubt }: PlanNeed): string {
  const lacking = state === 'unmet' || state === 'in-vain';
  return `${plain(text)}: ${lacking ? '**' : ''}${plain(when)}${lacking ? '**' : ''}${doubt === undefined ? '' : `, only ${plain(doubt)}`}`;
}

/** Text of a chart in which Markdown sees no link, image, code or HTML. */
function plain(text: string): string {
  return safeLine(text).replace(/[\\`*_{}[\]()#+!|<>~&:@=^$]/g, '\\$&');
}
