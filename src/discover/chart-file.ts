import { basename } from 'node:path';

/** What a Chart.yaml says, as far as it is needed before Helm reads it. */
export interface ChartFile {
  name: string;
  version: string;
  /**
   * Why Helm cannot take it for a chart, whatever is around it: it is a template of a Chart.yaml, or only a part of
   * one.
   */
  noChart?: string;
}

/** Keys without which Helm refuses a chart: "chart.metadata.name is required". */
const required = ['apiVersion', 'name', 'version'] as const;

/** Reads a Chart.yaml as YAML; a broken one is left to Helm, which says what is wrong with it. */
export async function readChartFile(text: string, folder: string): Promise<ChartFile> {
  const plain = plainKeys(text);
  const { value, certain } = plain
    ? { value: plain, certain: true }
    : (await import('./parsed-keys.ts')).parsedKeys(text);
  const word = (key: string) => {
    const one = value[key];
    return typeof one === 'string' || typeof one === 'number' ? String(one) : '';
  };
  const missing = required.filter((key) => word(key) === '');
  return {
    name: word('name') || basename(folder),
    version: word('version'),
    ...(/^(?:apiVersion|name|version)[ \t]*:.*(?:\{\{|\{%|<%|\$\{)/m.test(text)
      ? { noChart: 'its Chart.yaml is a template' }
      : certain && missing.length > 0 && { noChart: `its Chart.yaml has no ${missing.join(' and no ')}` }),
  };
}

/**
 * The top-level words of a file that is so plain that lines show them: every quote closes on its line, no anchors, no
 * flow style. Most are, and the YAML parser need not be loaded before Helm is started.
 */
function plainKeys(text: string): Record<string, string> | undefined {
  const out: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    if (/^(?:\s*#.*|\s*|(?:\s+|- )[^"'{[&*|>]*|[A-Za-z]+:\s*)$/.test(line)) continue;
    const [, key = '', double, single, plain] =
      /^([A-Za-z]+): +(?:"([^"\\]*)"|'([^']*)'|([^\s"'{}[\]&*!|>%@`#,?:-][^"'{[&*#|>]*?))\s*(?:\s#.*)?$/.exec(line) ??
      [];
    const word = double ?? single ?? plain;
    if (word === undefined || /: |:$/.test(word) || Object.hasOwn(out, key)) return undefined;
    out[key] = word;
  }
  return out;
}
