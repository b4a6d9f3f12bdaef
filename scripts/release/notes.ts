/**
 * A version's section of the changelog, without its heading. What is not released yet stands in for a version that has
 * none; `released` says which it was. Throws where the changelog has neither.
 */
export function notes(changelog: string, version: string): { text: string; released: boolean } {
  const sections = changelog.split(/^## /m).slice(1);
  const section = (name: string) => sections.find((text) => text.startsWith(`[${name}]`));
  const found = section(version);
  const text = found ?? section('Unreleased');
  if (text === undefined) throw new Error(`CHANGELOG.md has neither [${version}] nor [Unreleased]`);
  return { text: text.slice(text.indexOf('\n')).trim(), released: found !== undefined };
}
