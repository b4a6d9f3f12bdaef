import { safeLine } from '../report/safe.ts';
import { graphsOf, releaseGraph } from './graph.ts';
import type { Plan, PlanRelease } from './plan.ts';

const styles = {
  passes: '',
  stops: ', fillcolor="#ffd7d7", color="#cc0000"',
  'may-stop': ', fillcolor="#fff0c2", color="#bb8800"',
  stuck: ', fillcolor="#fff0c2", color="#bb8800"',
  'not-reached': ', fillcolor="#eeeeee", color="#999999", fontcolor="#555555"',
} as const;

/** Plans as one graph for Graphviz, a cluster for each rollout and in it one for each phase. */
export function dot(
  plans: readonly Plan[],
  { all, releases = [] }: { all: boolean; releases?: readonly PlanRelease[] },
): string {
  const out = [
    'digraph plan {',
    '  rankdir=LR; compound=true; newrank=true;',
    '  graph [fontname="sans-serif"];',
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
  ];
  if (releases.length > 0) {
    const { lanes, edges } = releaseGraph(releases);
    out.push('  subgraph "cluster_releases" {', '    label="Releases";');
    for (const [lane, { title, nodes }] of lanes.entries()) {
      out.push(`    subgraph "cluster_releases${lane}" {`, `      label=${quoted(title)};`);
      for (const { key, label, state } of nodes) out.push(`      ${key} [label=${quoted(label)}${styles[state]}];`);
      out.push('    }');
    }
    out.push('  }');
    for (const { from, to, label, unmet } of edges)
      out.push(`  ${from} -> ${to} [label=${quoted(label)}${unmet ? ', color="#cc0000", penwidth=2' : ''}];`);
  }
  for (const [index, { title, lanes, edges }] of graphsOf(plans, all).entries()) {
    out.push(`  subgraph "cluster_r${index}" {`, `    label=${quoted(title)};`);
    for (const [lane, { title: name, nodes }] of lanes.entries()) {
      out.push(`    subgraph "cluster_r${index}l${lane}" {`, `      label=${quoted(name)};`);
      for (const { key, label, state } of nodes) out.push(`      ${key} [label=${quoted(label)}${styles[state]}];`);
      out.push('    }');
    }
    out.push('  }');
    for (const [lane, { nodes }] of lanes.slice(1).entries()) {
      const [from, to] = [lanes[lane]!.nodes[0], nodes[0]];
      // Ranks follow from these; the edges proper do not count for them.
      if (from && to) out.push(`  ${from.key} -> ${to.key} [style=invis, weight=10, minlen=2];`);
    }
    for (const { from, to, label, unmet } of edges)
      out.push(
        `  ${from} -> ${to} [label=${quoted(label)}, constraint=false${unmet ? ', color="#cc0000", fontcolor="#cc0000", penwidth=2' : ', style=dashed, color="#777777"'}];`,
      );
  }
  return `${out.join('\n')}\n}\n`;
}

/** A text in quotes, in which Graphviz finds no escape (`\N`, `\l`) and no entity. */
function quoted(text: string): string {
  return `"${safeLine(text).replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
