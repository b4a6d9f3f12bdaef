import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import type { Finding } from '../../src/playground.ts';

/** Longer texts are shown without colours: the parser would go through all of them. */
const mostColoured = 1_000_000;
/** Findings that are marked in the text at most. */
const mostMarked = 1_000;

/** An editor of YAML that shows findings at their lines. */
export class Editor {
  private readonly view: EditorView;
  private readonly colours = new Compartment();

  constructor(parent: HTMLElement, onChange: () => void) {
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          this.colours.of(yaml()),
          syntaxHighlighting(classHighlighter),
          // Tab leaves the editor, so that nobody is caught in it.
          keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': 'Rendered manifests', spellcheck: 'false', tabindex: '0' }),
          EditorView.updateListener.of(({ docChanged }) => docChanged && onChange()),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    const { state } = this.view;
    this.view.dispatch({
      changes: { from: 0, to: state.doc.length, insert: text },
      selection: { anchor: 0 },
    });
    this.view.scrollDOM.scrollTop = 0;
    this.colour();
  }

  /** Colours the text, or not, by its length. */
  colour(): void {
    const wanted = this.view.state.doc.length <= mostColoured;
    const coloured = (this.colours.get(this.view.state) as unknown[] | undefined)?.length !== 0;
    if (wanted !== coloured) this.view.dispatch({ effects: this.colours.reconfigure(wanted ? yaml() : []) });
  }

  /** Marks findings in the text and beside it. */
  mark(findings: readonly Finding[]): void {
    const marks = findings.slice(0, mostMarked).flatMap((finding) => this.diagnosticOf(finding) ?? []);
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  /** Moves to a line, from 1; without `focus` it is only shown. */
  reveal(line: number, focus = true): void {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(Math.max(1, line), doc.lines));
    if (focus) {
      this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
      this.view.focus();
      return;
    }
    // Only the text moves: whoever opens the page sees it from its top.
    this.view.dispatch({ selection: { anchor: from } });
    const { scrollDOM } = this.view;
    scrollDOM.scrollTop = this.view.lineBlockAt(from).top - scrollDOM.clientHeight / 2;
  }

  close(): void {
    this.view.destroy();
  }

  private diagnosticOf({ rule, severity, message, location }: Finding): Diagnostic | undefined {
    const { doc } = this.view.state;
    const { line, column, endLine = line, endColumn } = location;
    if (line > doc.lines) return undefined;
    const start = doc.line(line);
    const from = Math.min(start.from + column - 1, start.to);
    // A finding of several lines is marked at its first one.
    const to = endLine === line && endColumn !== undefined ? start.from + endColumn - 1 : start.to;
    return { from, to: Math.max(from, Math.min(to, start.to)), severity, message, source: rule };
  }
}
