import type { LintOptions } from '../options.ts';

/** What a person sets in the editor, under `migrateLint`. */
export interface Settings {
  /** Whether charts are linted while one types, with the unsaved text, or when a file is saved. */
  run: 'onType' | 'onSave';
  /** The Helm program. */
  helm?: string;
  /** Helm may be downloaded where there is none. */
  allowDownload: boolean;
  /** The plugins of a policy run: programs of whoever wrote the chart. */
  plugins: boolean;
  config?: string;
  preset?: LintOptions['preset'];
  dependencies?: LintOptions['dependencies'];
  engine?: LintOptions['engine'];
  helmVersion?: LintOptions['helmVersion'];
  wait?: boolean;
  codeLens: boolean;
}

export const defaults: Settings = { run: 'onType', allowDownload: false, plugins: false, codeLens: true };

/** The kinds of their values. */
export const choices: Readonly<Record<keyof Settings, 'text' | 'switch' | readonly string[]>> = {
  run: ['onType', 'onSave'],
  helm: 'text',
  allowDownload: 'switch',
  plugins: 'switch',
  config: 'text',
  preset: ['recommended', 'strict', 'all'],
  dependencies: ['all', 'own', 'none'],
  engine: ['helm', 'argocd', 'flux'],
  helmVersion: ['3', '4', 'any'],
  wait: 'switch',
  codeLens: 'switch',
};

/**
 * The settings that a client sends. What is unknown or of the wrong kind is left out, with a line for each in `wrong`.
 * An empty text and `null` stand for the default.
 */
export function settingsOf(sent: unknown): { settings: Settings; wrong: string[] } {
  const wrong: string[] = [];
  const settings: Record<string, unknown> = { ...defaults };
  if (sent === null || typeof sent !== 'object') return { settings: { ...defaults }, wrong };
  for (const [name, value] of Object.entries(sent)) {
    const choice = Object.hasOwn(choices, name) ? choices[name as keyof Settings] : undefined;
    // Extensions have settings of their own there: `server.path`, `trace`.
    if (choice === undefined || value === null || value === undefined || value === '') continue;
    const fits =
      choice === 'text'
        ? typeof value === 'string'
        : choice === 'switch'
          ? typeof value === 'boolean'
          : choice.includes(value as string);
    if (fits) settings[name] = value;
    else wrong.push(`migrateLint.${name} must be ${expected(choice)}; it is ignored`);
  }
  return { settings: settings as unknown as Settings, wrong };
}

function expected(choice: 'text' | 'switch' | readonly string[]): string {
  return choice === 'text' ? 'a text' : choice === 'switch' ? 'true or false' : `one of ${choice.join(', ')}`;
}

/** The options of a run. The network is not used, but for a download of Helm that was allowed. */
export function optionsFor(settings: Settings): Partial<LintOptions> {
  const { helm, allowDownload, plugins, config, preset, dependencies, engine, helmVersion, wait } = settings;
  return { helm, offline: !allowDownload, plugins, config, preset, dependencies, engine, helmVersion, wait };
}
