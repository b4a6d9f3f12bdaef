import { mermaidText } from '../report/mermaid-text.ts';
import { safeLine } from '../report/safe.ts';
import { graphsOf, releaseGraph } from './graph.ts';
import type { Plan, PlanRelease } from './plan.ts';

const classes = {
  stops: 'fill:#ffd7d7,stroke:#c00,color:#600',
  'may-stop': 'fill:#fff0c2,stroke:#b80,color:#530',
  stuck: 'fill:#fff0c2,stroke:#b80,color:#530',
  'not-reached': 'fill:#eee,stroke:#999,color:#555',
} as const;

/** Plans as one Mermaid flowchart, a group for each rollout and in it one for each phase. */
export function mermaid(
  plans: readonly Plan[],
  { all, releases = [] }: { all: boolean; releases?: readonly PlanRelease[] },
): string {
  const out = ['flowchart LR'];
  const red: number[] = [];
  let links = 0;
  const link = (text: string, unmet = false) => {
    if (unmet) red.push(links);
    links += 1;
    out.push(`  ${text}`);
  };
  const states = new Map<string, string[]>();
  if (releases.length > 0) {
    const { lanes, edges } = releaseGraph(releases);
    out.push('  subgraph releases["Releases"]', '    direction LR');
    for (const [lane, { title, nodes }] of lanes.entries()) {
      out.push(`    subgraph releases${lane}["${label(title)}"]`, '      direction TB');
      for (const node of nodes) {
        out.push(`      ${node.key}["${label(node.label)}"]`);
        if (node.state !== 'passes') states.set(node.state, [...(states.get(node.state) ?? []), node.key]);
      }
      out.push('    end');
    }
    out.push('  end');
    for (const { from, to, label: text, unmet } of edges) link(`${from} -->|"${label(text)}"| ${to}`, unmet);
  }
  for (const [index, { title, lanes, edges }] of graphsOf(plans, all).entries()) {
    out.push(`  subgraph r${index}["${label(title)}"]`, '    direction LR');
    for (const [lane, { title: name, nodes }] of lanes.entries()) {
      out.push(`    subgraph r${index}l${lane}["${label(name)}"]`, '      direction TB');
      for (const node of nodes) {
        out.push(`      ${node.key}["${label(node.label)}"]`);
        if (node.state !== 'passes') states.set(node.state, [...(states.get(node.state) ?? []), node.key]);
      }
      out.push('    end');
    }
    out.push('  end');
    lanes.slice(1).forEach((_, lane) => link(`r${index}l${lane} --> r${index}l${lane + 1}`));
    for (const { from, to, label: text, unmet } of edges)
      link(`${from} ${unmet ? '==>' : '-.->'}|"${label(text)}"| ${to}`, unmet);
  }
  for (const [state, style] of Object.entries(classes)) {
    const keys = states.get(state);
    if (keys) out.push(`  classDef ${state} ${style}`, `  class ${keys.join(',')} ${state}`);
  }
  if (red.length > 0) out.push(`  linkStyle ${red.join(',')} stroke:#c00,stroke-width:2px`);
  return `${out.join('\n')}\n`;
}

function label(text: string): string {
  return mermaidText(safeLine(text));
}
