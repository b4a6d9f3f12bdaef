import type { PlaygroundOptions } from '../../src/playground.ts';

/** What the fields above the editor are set to. */
export interface Settings {
  action: 'both' | 'install' | 'upgrade';
  engine: 'helm' | 'argocd' | 'flux';
  preset: 'recommended' | 'strict' | 'all';
  wait: boolean;
}

/** What a link of the playground holds. */
export interface Shared extends Settings {
  text: string;
}

export const choices = {
  action: ['both', 'install', 'upgrade'],
  engine: ['helm', 'argocd', 'flux'],
  preset: ['recommended', 'strict', 'all'],
} as const;

export function settingsOf({ actions, engine, preset, wait }: PlaygroundOptions): Settings {
  return {
    action: actions?.[0] ?? 'both',
    engine: engine ?? 'helm',
    preset: preset ?? 'recommended',
    wait: wait ?? false,
  };
}

export function optionsOf({ action, engine, preset, wait }: Settings): PlaygroundOptions {
  return { engine, preset, wait, ...(action !== 'both' && { actions: [action] }) };
}

/** Settings out of a value that anybody may have written; the default for what is none. */
export function checked(value: Readonly<Record<string, unknown>>): Settings {
  const one = <T extends string>(key: string, words: readonly T[]) =>
    words.find((word) => word === value[key]) ?? words[0]!;
  return {
    action: one('action', choices.action),
    engine: one('engine', choices.engine),
    preset: one('preset', choices.preset),
    wait: value['wait'] === true,
  };
}
