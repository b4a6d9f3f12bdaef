// The playground: an editor, what the linter finds in it, and the picture of the rollout. Nothing leaves the page.
import { withBase } from 'vitepress';
import { el } from '../../src/plan/html/browser/dom.ts';
import type { PlaygroundResult } from '../../src/playground.ts';
import { examples } from '../examples/index.ts';
import type { Editor } from './editor.ts';
import { drawFindings } from './findings.ts';
import { Form } from './form.ts';
import { Linter, mostMs } from './linter.ts';
import { Picture } from './picture.ts';
import { optionsOf, settingsOf } from './settings.ts';
import { fragmentOf, sharedIn } from './share.ts';

const texts = import.meta.glob<string>('../examples/*.yaml', { query: '?raw', import: 'default' });
/** Milliseconds without a key until the text is linted. */
const pause = 250;
/** Bytes of a file or paste at most. */
const mostBytes = 16 * 1024 * 1024;
const marks = { passes: '✓', fails: '✗', doubt: '?' } as const;

/** Opens the playground in an element; the result closes it. */
export function open(root: HTMLElement): () => void {
  const playground = new Playground(root);
  void playground.start();
  return () => playground.close();
}

class Playground {
  private readonly root: HTMLElement;
  private readonly form: Form;
  private readonly status = el('div', { class: 'status', role: 'status' });
  private readonly writing = el('section', { class: 'editor', 'aria-label': 'Manifests' });
  private readonly findings = el('section', { class: 'findings', 'aria-label': 'Findings', tabindex: 0 });
  private readonly picture: Picture;
  private readonly linter: Linter;
  private editor: Editor | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private loading = false;
  /** The text is another one than before: its first finding is shown. */
  private fresh = true;

  constructor(root: HTMLElement) {
    this.root = root;
    this.form = new Form({
      onExample: (id) => void this.openExample(id),
      onFile: (file) => void this.openFile(file),
      onSettings: () => this.changed(0),
      onShare: () => void this.share(),
    });
    const drawing = el('section', { class: 'picture', 'aria-label': 'Rollout' });
    // Elements of SVG take their namespace from this one.
    const namespace = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    namespace.id = 'svg';
    namespace.setAttribute('hidden', '');
    root.replaceChildren(
      el('h1', {}, 'Playground'),
      el(
        'p',
        { class: 'lead' },
        'Paste or drop the output of ',
        el('code', {}, 'helm template'),
        '. It is linted in this page and sent to nobody.',
      ),
      this.form.element,
      this.status,
      el('div', { class: 'columns' }, this.writing, el('div', { class: 'side' }, this.findings, drawing)),
      namespace,
    );
    this.picture = new Picture(drawing, (line) => this.editor?.reveal(line));
    this.linter = new Linter({
      onResult: ({ result, took }) => this.show(result, took),
      onStopped: () => this.fail(`Linting took longer than ${mostMs / 1000} seconds and was stopped.`),
      onBroken: (message) => this.fail(`The linter could not run here: ${message}`),
    });
    root.addEventListener('dragover', this.onDrag, true);
    root.addEventListener('drop', this.onDrop, true);
    addEventListener('hashchange', this.onHash);
  }

  async start(): Promise<void> {
    const { Editor } = await import('./editor.ts');
    this.editor = new Editor(this.writing, () => this.changed(pause));
    const shared = await sharedIn(location.hash);
    if (shared) {
      this.form.settings = shared;
      this.editor.text = shared.text;
      return;
    }
    await this.openExample(examples[0]!.id);
    if (shared === null) this.fail('This link is damaged: it holds no manifests.');
  }

  close(): void {
    clearTimeout(this.timer);
    removeEventListener('hashchange', this.onHash);
    this.linter.close();
    this.editor?.close();
    this.root.replaceChildren();
  }

  private readonly onHash = () =>
    void sharedIn(location.hash).then((shared) => {
      if (!shared || !this.editor || shared.text === this.editor.text) return;
      this.form.settings = shared;
      this.editor.text = shared.text;
    });

  private readonly onDrag = (event: DragEvent) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  };

  private readonly onDrop = (event: DragEvent) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    void this.openFile(file);
  };

  private async openExample(id: string): Promise<void> {
    const example = examples.find((one) => one.id === id);
    const text = await texts[`../examples/${id}.yaml`]?.();
    if (!example || text === undefined || !this.editor) return;
    this.form.settings = settingsOf(example.options);
    this.load(text);
    this.form.opened = id;
  }

  private async openFile(file: File): Promise<void> {
    if (file.size > mostBytes) {
      this.fail(`${file.name} is larger than ${mostBytes / 1024 / 1024} MiB.`);
      return;
    }
    this.load(await file.text());
    this.form.opened = '';
  }

  /** Another text altogether, which is linted at once. */
  private load(text: string): void {
    if (!this.editor) return;
    this.loading = true;
    this.editor.text = text;
    this.loading = false;
    this.fresh = true;
    this.changed(0);
  }

  private changed(after: number): void {
    if (this.loading) return;
    if (after > 0) this.form.opened = '';
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.editor) return;
      this.editor.colour();
      this.root.dataset['state'] = 'linting';
      this.linter.lint(this.editor.text, optionsOf(this.form.settings));
    }, after);
  }

  private show(result: PlaygroundResult, took: number): void {
    const { charts, errors, verdicts, plans } = result;
    const findings = charts.flatMap((chart) => chart.findings);
    this.editor?.mark(findings);
    const [first] = findings;
    if (this.fresh && first) this.editor?.reveal(first.location.line, false);
    this.fresh = false;
    this.findings.replaceChildren(
      ...drawFindings(result, {
        reveal: (line) => this.editor?.reveal(line),
        rule: (id) => withBase(`/rules/${id}.html`),
      }),
    );
    this.picture.show(plans[0]);
    const { summary } = result;
    const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
    this.status.replaceChildren(
      ...verdicts.map(({ text, state }) => el('p', { class: `verdict ${state}` }, `${marks[state]} ${text}`)),
      ...errors.slice(0, 1).map(({ message }) => el('p', { class: 'verdict fails' }, message)),
      el(
        'p',
        { class: 'counts' },
        `${count(summary.errors, 'error')}, ${count(summary.warnings, 'warning')}, ${Math.max(1, Math.round(took))} ms`,
      ),
    );
    this.root.dataset['state'] = 'done';
  }

  private fail(message: string): void {
    this.status.replaceChildren(el('p', { class: 'verdict fails' }, message));
    this.root.dataset['state'] = 'failed';
  }

  private async share(): Promise<void> {
    if (!this.editor) return;
    const fragment = await fragmentOf({ ...this.form.settings, text: this.editor.text });
    if (fragment === undefined) {
      this.fail('These manifests are too long for a link.');
      return;
    }
    history.replaceState(history.state, '', fragment);
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    this.status.append(el('p', { class: 'counts' }, copied ? 'Link copied.' : 'The address of this page is the link.'));
  }
}
