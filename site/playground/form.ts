import { button, el } from '../../src/plan/html/browser/dom.ts';
import { examples } from '../examples/index.ts';
import { choices, type Settings } from './settings.ts';

const names = {
  action: { label: 'Action', both: 'install and upgrade', install: 'install', upgrade: 'upgrade' },
  engine: { label: 'Engine', helm: 'Helm', argocd: 'Argo CD', flux: 'Flux' },
  preset: { label: 'Preset', recommended: 'recommended', strict: 'strict', all: 'all' },
} as const satisfies Record<keyof typeof choices, Record<string, string>>;

/** What the form calls. */
interface Acts {
  onExample: (id: string) => void;
  onFile: (file: File) => void;
  onSettings: () => void;
  onShare: () => void;
}

/** The fields above the editor. */
export class Form {
  readonly element: HTMLElement;
  private readonly example: HTMLSelectElement;
  private readonly fields: Record<keyof typeof choices, HTMLSelectElement>;
  private readonly wait: HTMLInputElement;

  constructor({ onExample, onFile, onSettings, onShare }: Acts) {
    this.example = el(
      'select',
      { id: 'example' },
      el('option', { value: '' }, 'choose …'),
      ...examples.map(({ id, title }) => el('option', { value: id }, title)),
    );
    this.example.addEventListener('change', () => this.example.value && onExample(this.example.value));
    const select = (key: keyof typeof choices) => {
      const words: Readonly<Record<string, string>> = names[key];
      const made = el('select', { id: key }, ...choices[key].map((value) => el('option', { value }, words[value])));
      made.addEventListener('change', onSettings);
      return made;
    };
    this.fields = { action: select('action'), engine: select('engine'), preset: select('preset') };
    this.wait = el('input', { type: 'checkbox', id: 'wait' });
    this.wait.addEventListener('change', onSettings);
    const file = el('input', { type: 'file', id: 'file', accept: '.yaml,.yml,.json,.txt', class: 'hidden' });
    file.addEventListener('change', () => {
      const [first] = file.files ?? [];
      if (first) onFile(first);
      file.value = '';
    });
    this.element = el(
      'div',
      { class: 'form' },
      el('label', {}, 'Example ', this.example),
      ...(['action', 'engine', 'preset'] as const).map((key) =>
        el('label', {}, `${names[key].label} `, this.fields[key]),
      ),
      el('label', {}, this.wait, ' --wait'),
      el('label', { class: 'file' }, file, 'Open a file'),
      button({ id: 'share' }, onShare, 'Copy link'),
    );
  }

  get settings(): Settings {
    const { action, engine, preset } = this.fields;
    return {
      action: action.value as Settings['action'],
      engine: engine.value as Settings['engine'],
      preset: preset.value as Settings['preset'],
      wait: this.wait.checked,
    };
  }

  set settings({ action, engine, preset, wait }: Settings) {
    this.fields.action.value = action;
    this.fields.engine.value = engine;
    this.fields.preset.value = preset;
    this.wait.checked = wait;
  }

  /** Shows which example is open; none where the text was changed. */
  set opened(id: string) {
    this.example.value = id;
  }
}
