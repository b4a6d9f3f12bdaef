import { HelmError, type HelmErrorParts } from './error.ts';
import { isLogLine } from './log.ts';
import { oneLine, plain } from './text.ts';

// A recursion gives thousands of frames; the outermost place is at the head, the cause at the tail.
const half = 32 * 1024;

type Reading = [message: string, parts: Omit<HelmErrorParts, 'detail' | 'rendered'>];

/**
 * The error behind a failed `helm template`, from its stderr. The texts are those of Helm 3.17.3, 4.1.4 and 4.2.3.
 * `chart` is named in the advice about dependencies; `rendered` is what Helm printed all the same.
 */
export function readCause(stderr: string, chart: string, rendered = ''): HelmError {
  const detail = plain(stderr).trim();
  const lines = detail.split('\n');
  const start = lines.findIndex((line) => line.startsWith('Error: '));
  const all = (start < 0 ? lines.filter((line) => !isLogLine(line)) : lines.slice(start))
    .join('\n')
    .replace(/^Error: /, '')
    .replace(/\s*Use --debug flag to render out invalid YAML\s*$/, '')
    .trim();
  const text = all.length <= 2 * half ? all : `${all.slice(0, half)}\n${all.slice(-half)}`;
  for (const read of readers) {
    const found = read(text, chart);
    if (found) return new HelmError(oneLine(found[0]), { ...found[1], detail, rendered });
  }
  // Without its `Error:` Helm did not get to speak for itself: the first line has to do.
  const [first = ''] = text.split('\n', 1);
  const rest = start < 0 ? first : text;
  return new HelmError(oneLine(rest) || 'Helm failed without a word', { kind: 'other', detail, rendered });
}

const readers: ((text: string, chart: string) => Reading | undefined)[] = [
  readCrash,
  readDependencies,
  readSchema,
  readExecution,
  readParse,
  readFrames,
  readYaml,
  readValues,
  readRest,
];

/** A Go program that crashes prints its stacks, which help nobody here. */
function readCrash(text: string): Reading | undefined {
  const found = /^(?:panic|fatal error): (.*)$/m.exec(text);
  if (!found) return undefined;
  // Seen with `tpl` of a text that holds the same `tpl`: Helm counts the depth of includes only.
  const [, cause = ''] = found;
  if (cause === 'stack overflow')
    return ['Helm ran out of stack: a template or a text given to tpl calls itself without end', { kind: 'template' }];
  return [`Helm crashed: ${cause}`, { kind: 'other' }];
}

function readDependencies(text: string, chart: string): Reading | undefined {
  const found =
    /^an error occurred while checking for chart dependencies\..*missing in charts\/ directory: (.*)$/is.exec(text);
  if (!found) return undefined;
  const [, names = ''] = found;
  const missingDependencies = names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const word = /^[\w@%+=:,./-]+$/.test(chart) ? chart : `'${chart.replaceAll("'", `'\\''`)}'`;
  return [
    `missing in charts/, though Chart.yaml names them: ${missingDependencies.join(', ')}; run: helm dependency build ${word}`,
    { kind: 'dependencies', missingDependencies },
  ];
}

function readSchema(text: string): Reading | undefined {
  const found = /^values don't meet the specifications of the schema\(s\) in the following chart\(s\):\s*(.*)$/s.exec(
    text,
  );
  if (!found) return undefined;
  // `name:` opens a chart's list, whose items start with `- `.
  const [, faults = ''] = found;
  const broken = faults
    .trim()
    .replace(/:\n(?:- )?/g, ': ')
    .replace(/\n\s*- /g, '; ')
    .replace(/\n+/g, '; ');
  return [`the values break the chart's values.schema.json: ${broken}`, { kind: 'schema', refused: true }];
}

/** `fail` and `required`; Helm gives the outermost place and the author's text. */
function readExecution(text: string): Reading | undefined {
  const all = [...text.matchAll(/execution error at \(([^()\n]*?):(\d+)(?::(\d+))?\): /g)];
  const last = all.at(-1);
  if (!last) return undefined;
  // Charts frame their text with rows of such characters.
  const said = text.slice(last.index + last[0].length).replace(/(?:^|\s)[━═─=*#~_-]{5,}(?=\s|$)/g, '');
  const [, file = '', line = '', column] = all[0] ?? [];
  return [`${file}:${line}: ${said}`, { kind: 'template', refused: true, ...place(file, line, column) }];
}

function readParse(text: string): Reading | undefined {
  const found = /parse error at \(([^()\n]*?):(\d+)(?::(\d+))?\): (.*)$/s.exec(text);
  if (!found) return undefined;
  const [, file = '', end = '', column, said = ''] = found;
  // An action that never closes is noticed at the end of the file; where it opens is where to look.
  const [, opening, opened = ''] = /^unclosed \w+ started at (.+):(\d+)$/.exec(said) ?? [];
  if (opening === file) return [`${file}:${opened}: {{ is never closed`, { kind: 'template', ...place(file, opened) }];
  return [`${file}:${end}: ${said}`, { kind: 'template', ...place(file, end, column) }];
}

// Helm 3 writes a chain of frames on one line, Helm 4 mostly on lines of their own; tpl chains stay on one in both.
const frame = /(?:^|\s)(?:template: )?([^\s:"][^:"\n]*):(\d+):(\d+):?\s+executing "(?:[^"\\]|\\.)*" at <(.*?)>:\s+/gs;

function readFrames(text: string): Reading | undefined {
  const frames = [...text.matchAll(frame)];
  const inner = frames.at(-1);
  if (!inner) return undefined;
  const [, file = '', line = '', column = ''] = frames[0] ?? [];
  const [whole, template = '', innerLine = '', , action = ''] = inner;
  const said = text
    .slice(inner.index + whole.length)
    .replace(/^error calling (?:include|tpl|template):\s+(?:template:\s+)?/, '')
    .trim();
  const at = `at <${action}>`;
  const where =
    frames.length > 1 && template !== 'gotpl'
      ? `${at} in ${template}:${innerLine}`
      : frames.length > 1
        ? `${at} in text given to tpl`
        : at;
  return [`${file}:${line}: ${said} (${where})`, { kind: 'template', ...place(file, line, column) }];
}

/** The line Helm names counts within one rendered document: it is told as such, never given as a place. */
function readYaml(text: string): Reading | undefined {
  const [, template, fault = ''] = /^YAML parse error on (.*?): (.*)$/s.exec(text) ?? [];
  if (template !== undefined)
    return [`${template}: renders to invalid YAML: ${documentLine(fault)}`, { kind: 'yaml', file: template }];
  const [, file, said = ''] = /^cannot load (Chart\.\w+|requirements\.\w+): (.*)$/s.exec(text) ?? [];
  return file === undefined ? undefined : [`${file}: ${cleanYaml(said)}`, { kind: 'yaml', file }];
}

function readValues(text: string): Reading | undefined {
  const [, file, said = ''] = /^(?:cannot load|failed to parse) (\S.*?): (.*)$/s.exec(text) ?? [];
  if (file !== undefined) return [`${file}: ${cleanYaml(said)}`, { kind: 'values', file }];
  const [, missing, why = ''] =
    /^(?:failed parsing --set-file data: )?open (.*): (no such file or directory|permission denied|is a directory|The system cannot find the file specified\.)$/s.exec(
      text,
    ) ?? [];
  if (missing !== undefined) return [`values file ${missing}: ${why}`, { kind: 'values', file: missing }];
  const [, folder] = /^read (.*): is a directory$/.exec(text) ?? [];
  if (folder !== undefined) return [`values file ${folder}: is a directory`, { kind: 'values', file: folder }];
  return /^failed parsing --set/.test(text) ? [text, { kind: 'values' }] : undefined;
}

function readRest(text: string): Reading | undefined {
  if (/^chart requires kubeVersion:/.test(text))
    return [`${text} (--kube-version says which Kubernetes to render for)`, { kind: 'kube-version' }];
  if (/^invalid kube version/.test(text)) return [text, { kind: 'kube-version' }];
  if (/^library charts are not installable/.test(text))
    return ['a library chart has nothing to render by itself', { kind: 'library-chart' }];
  const [, flag] = /^unknown flag: (\S+)/.exec(text) ?? [];
  if (flag !== undefined) return [`this Helm does not know ${flag}: it is too old for it`, { kind: 'other' }];
  const [, path] = /^path "(.*)" not found$/.exec(text) ?? [];
  if (path !== undefined) return [`no chart at ${path}`, { kind: 'other', file: path }];
  if (/^Chart\.yaml file is missing|^unable to detect chart at .*no such file or directory/.test(text))
    return ['no Chart.yaml in the chart', { kind: 'other', file: 'Chart.yaml' }];
  return undefined;
}

function place(file: string, line: string, column?: string): { file: string; line: number; column?: number } {
  return { file, line: Number(line), column: column === undefined ? undefined : Number(column) + 1 };
}

function cleanYaml(text: string): string {
  return text.replace(/^(?:cannot unmarshal yaml document: )?(?:error converting YAML to JSON: )?/, '');
}

function documentLine(text: string): string {
  const [, line, said = ''] = /^yaml: line (\d+): (.*)$/s.exec(cleanYaml(text)) ?? [];
  return line !== undefined
    ? `${said} (line ${line} of the rendered document)`
    : cleanYaml(text).replace(/^error unmarshaling JSON: while decoding JSON: /, '');
}
