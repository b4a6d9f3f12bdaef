import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeWhole } from '../write.ts';
import { exit } from './main.ts';
import { warn } from './say.ts';

const file = '.migrate-lint.yaml';

const usage = `Usage: migrate-lint init [charts...]

Writes a commented first ${file} here, from what the charts (default: .) show.

  --stdout       print it
  --helm <path>  the Helm program
  --offline      never download Helm
`;

/** `migrate-lint init`: writes a first policy, never over one that is there. */
export async function init(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      stdout: { type: 'boolean' },
      helm: { type: 'string' },
      offline: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return (process.stdout.write(usage), exit.ok);
  if (!values.stdout && existsSync(file))
    throw new Error(`${file} is there already; nothing was written (--stdout prints a first one)`);
  const { firstPolicy } = await import('../init.ts');
  const { text, charts, services, scenarios, errors } = await firstPolicy({
    paths: positionals.length > 0 ? positionals : ['.'],
    cwd: process.cwd(),
    env: process.env,
    helm: values.helm,
    offline: values.offline,
    onDownload: (message) => warn(`${message}\n`),
  });
  for (const { message } of errors) warn(`migrate-lint: ${message}\n`);
  if (charts === 0) return exit.failed;
  if (values.stdout) process.stdout.write(text);
  else {
    writeWhole(file, text, { fresh: true });
    process.stdout.write(
      `wrote ${file}: ${count(services, 'migrating service')}, ${count(scenarios, 'scenario')} of ${count(charts, 'chart')}\n`,
    );
  }
  return errors.length > 0 ? exit.failed : exit.ok;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
