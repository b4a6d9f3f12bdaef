import { existsSync } from 'node:fs';
import { writeWhole } from '../write.ts';
import { exit } from './exit.ts';
import { warn } from './say.ts';

const file = '.migrate-lint.yaml';

/** `migrate-lint init`: writes a first policy, never over one that is there. Resolves to the exit code. */
export async function init(
  charts: readonly string[],
  flags: { stdout?: boolean; helm?: string; offline?: boolean },
): Promise<number> {
  if (!flags.stdout && existsSync(file))
    throw new Error(`${file} is there already; nothing was written (--stdout prints a first one)`);
  const { firstPolicy } = await import('../init.ts');
  const {
    text,
    charts: found,
    services,
    scenarios,
    errors,
  } = await firstPolicy({
    paths: charts,
    cwd: process.cwd(),
    env: process.env,
    helm: flags.helm,
    offline: flags.offline,
    onDownload: (message) => warn(`${message}\n`),
  });
  for (const { message } of errors) warn(`migrate-lint: ${message}\n`);
  if (found === 0) return exit.failed;
  if (flags.stdout) process.stdout.write(text);
  else {
    writeWhole(file, text, { fresh: true });
    process.stdout.write(
      `wrote ${file}: ${count(services, 'migrating service')}, ${count(scenarios, 'scenario')} of ${count(found, 'chart')}\n`,
    );
  }
  return errors.length > 0 ? exit.failed : exit.ok;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
