// Random edits of a template over the protocol, and what must hold when they end.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { together } from '../../src/lsp/diagnostics.ts';
import type { Finding } from '../../src/finding.ts';
import { Editor } from './editor.ts';

/** An edit: where it begins and how much it takes away, as parts of the text, and what it puts there; or an undo. */
export type Edit = { at: number; takes: number; puts: string } | 'undo';

const pieces = [
  '\n',
  '  ',
  '{{',
  '}}',
  '{{- if .Values.a }}\n',
  '{{- end }}\n',
  '{{/* 😀 */}}',
  '---\n',
  '# migrate-lint-disable-next-line\n',
  '  backoffLimit: 50\n',
  '    helm.sh/hook-weight: "x"\n',
  'é\r\n',
  '\t',
  '"',
  ': ',
  '- ',
  '|',
  '\u0000',
] as const;

export const edits: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      takes: fc.nat(30),
      puts: fc.constantFrom('', ...pieces),
    }),
  },
  { weight: 5, arbitrary: fc.constant('undo' as const) },
);

/** The processes below one, itself left out. */
function below(pid: number): string[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))!;
        return Number(parent) === pid ? [name] : [];
      } catch {
        return [];
      }
    });
  return children.flatMap((child) => [child, ...below(Number(child))]);
}

/** An editor with a chart open in it, to which edits are made. */
export class Typist {
  readonly folder = mkdtempSync(join(tmpdir(), 'migrate-lint-lsp-'));
  private readonly chart = join(this.folder, 'chart');
  private readonly file: string;
  private readonly pristine: string;
  private editor: Editor | undefined;
  private history: string[] = [];

  constructor(fixture: string, template: string) {
    cpSync(fixture, this.chart, { recursive: true });
    this.file = join(this.chart, template);
    this.pristine = readFileSync(this.file, 'utf8');
  }

  async begin(): Promise<void> {
    this.editor = await Editor.start({ folders: [this.folder] });
    await this.editor.open(this.file);
  }

  async type(edit: Edit): Promise<void> {
    const text = this.editor!.text(this.file);
    if (edit === 'undo') {
      const before = this.history.pop();
      if (before !== undefined) await this.editor!.change(this.file, () => before);
      return;
    }
    this.history.push(text);
    const document = TextDocument.create('file:///x', 'helm', 1, text);
    const from = Math.floor(edit.at * text.length);
    const range = { start: document.positionAt(from), end: document.positionAt(from + edit.takes) };
    await this.editor!.changeRaw(this.file, [{ range, text: edit.puts }]);
  }

  /** Goes back so far that the chart renders again, in all likelihood. */
  async undoAll(): Promise<void> {
    const [first] = this.history;
    this.history = [];
    if (first !== undefined) await this.editor!.change(this.file, () => first);
  }

  /** What the editor shows, and what the command line says of the same text: equal, or there is a fault. */
  async compare(): Promise<{ shown: string[]; said: string[]; text: string }> {
    await this.editor!.settled(this.file);
    const text = this.editor!.text(this.file);
    writeFileSync(this.file, text);
    const { stdout } = spawnSync(
      process.execPath,
      [resolve('dist/cli.js'), 'chart', '--format', 'json', '--no-plugins'],
      {
        cwd: this.folder,
        encoding: 'utf8',
      },
    );
    writeFileSync(this.file, this.pristine);
    const report = JSON.parse(stdout) as { charts: { findings: Finding[] }[]; errors?: object[] };
    const groups = report.charts.flatMap(({ findings }) => together(findings).map(([first]) => first!));
    const name = (file: string, line: number, code: unknown) => `${file}:${line} ${String(code)}`;
    const shown = this.editor!.files().flatMap((path) =>
      this.editor!.of(path).map(({ range, code }) =>
        name(path.slice(this.folder.length + 1), range.start.line + 1, code),
      ),
    );
    const lost = report.errors !== undefined;
    return {
      text,
      // Of a chart that does not render, the editor keeps what it knew.
      shown: lost
        ? shown.filter((one) => / (?:helm|not-linted)$/.test(one)).map(() => 'does not render')
        : shown.sort(),
      said: lost
        ? ['does not render']
        : groups.map(({ location, rule }) => name(location.file, location.line, rule)).sort(),
    };
  }

  /** Ends the server: its exit code, what it wrote to standard error, and the processes that it leaves. */
  async end(): Promise<{ code: number | null; stderr: string; left: string[] }> {
    const { pid } = this.editor!.child;
    await this.editor!.settled(this.file);
    const left = below(pid!);
    const code = await this.editor!.stop();
    const { stderr } = this.editor!;
    rmSync(this.folder, { recursive: true, force: true });
    return { code, stderr, left };
  }
}
