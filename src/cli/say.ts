import { inert } from '../report/safe.ts';

/** Whether a CI server may read what is printed, for commands to it. */
export function onCi(): boolean {
  return ['CI', 'GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'].some((name) => process.env[name]);
}

/** Prints to standard error, where a CI server finds no command in the text of a chart or of Helm. */
export function warn(text: string): void {
  process.stderr.write(forLog(text));
}

/** Text for a terminal or a CI server's log. */
export function forLog(text: string): string {
  return onCi() ? inert(text) : text;
}
