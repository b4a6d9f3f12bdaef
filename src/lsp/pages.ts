import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../../rules/index.ts';
import { temporaryFolder } from '../helm/index.ts';
import { ruleText } from '../page.ts';
import { suppressionChecks } from '../suppress/checks.ts';
import { uriOf } from './files.ts';

/** The pages of the rules, as files that an editor opens: written when they are first named, gone with the server. */
export class Pages {
  private readonly written = new Map<string, string>();
  private folder: ReturnType<typeof temporaryFolder> | undefined;

  /** The URI of a rule's page; `undefined` for a rule that is not migrate-lint's own. */
  uriOf(id: string): string | undefined {
    const known = this.written.get(id);
    if (known !== undefined) return known;
    const rule = [...rules, ...suppressionChecks].find((one) => one.id === id);
    if (!rule) return undefined;
    const file = join((this.folder ??= temporaryFolder()).path, `${rule.id}.md`);
    writeFileSync(file, ruleText(rule), { mode: 0o600 });
    const uri = uriOf(file);
    this.written.set(id, uri);
    return uri;
  }

  remove(): void {
    this.folder?.remove();
    this.folder = undefined;
    this.written.clear();
  }
}
