import { Argument, Option, type Command } from 'commander';
import { near } from '../config/near.ts';
import type { SetOption } from '../helm/index.ts';
import { planFormats } from '../plan/format.ts';
import { formats } from '../report/index.ts';
import { exit } from './exit.ts';
import type { MergeFlags } from './merge.ts';
import { collect, oneOf } from './option-values.ts';
import type { PlanFlags } from './plan.ts';
import { gateOptions, helmOptions, releaseOptions, valuesOptions } from './shared-options.ts';

/**
 * Adds the commands beside linting. `done` gets the exit code of the one that is run; each loads its code when it is.
 */
export function addCommands(program: Command, done: (code: number) => void): void {
  const print = (text: string) => (process.stdout.write(text), done(exit.ok));
  program.commandsGroup('Commands:');
  program
    .command('init')
    .description('write a first .migrate-lint.yaml from what the charts show')
    .argument('[charts...]', 'as for linting', ['.'])
    .option('--stdout', 'print it')
    .option('--helm <path>', 'the Helm program')
    .option('--offline', 'never download Helm')
    .action(async (charts: string[], flags: { stdout?: boolean; helm?: string; offline?: boolean }) => {
      const { init } = await import('./init.ts');
      done(await init(charts, flags));
    });
  const sets: SetOption[] = [];
  const planning = program
    .command('plan')
    .description('print how a chart rolls out: hooks in their order, what they wait for, and where it stops')
    .argument('<charts...>', 'as for linting')
    .addOption(new Option('--format <format>', 'how it is drawn').choices(planFormats).default('text'))
    .option('--all', 'list every resource, and every hook that is not reached')
    .option('-o, --output-file <file>', 'write it to a file')
    .option('--color', 'colour even where the output is no terminal')
    .option('--no-color', 'no colour')
    .action(async (charts: string[], flags: Omit<PlanFlags, 'sets'>) => {
      const { plan } = await import('./plan.ts');
      done(await plan(charts, { ...flags, sets }));
    });
  helmOptions(releaseOptions(valuesOptions(planning, sets)));
  const merging = program
    .command('merge-reports')
    .description('merge the JSON reports of all shards into one report')
    .argument('<files...>', 'reports of --format json')
    .addOption(new Option('--format <format>', 'report format (repeatable)').choices(formats).argParser(oneOf(formats)))
    .option('-o, --output-file <file>', 'write the report of the --format before it to a file', collect, [])
    .action(async (files: string[], flags: MergeFlags) => {
      const { merge } = await import('./merge.ts');
      done(await merge(files, flags));
    });
  gateOptions(merging);
  program
    .command('rules')
    .description('list all rules')
    .addOption(new Option('--format <format>', 'report format').choices(['text', 'json']).default('text'))
    .action(async ({ format }: { format: string }) => {
      const { listRules } = await import('./catalogue.ts');
      print(listRules(format));
    });
  program
    .command('explain')
    .description('print the page of a rule')
    .argument('[rule]', 'its id')
    .action(async (rule?: string) => {
      const { explain, ruleNames } = await import('./catalogue.ts');
      if (rule === undefined) throw new Error('explain which rule? migrate-lint rules lists them');
      const page = explain(rule, Math.min(process.stdout.columns ?? 100, 100));
      if (page !== undefined) return print(page);
      throw new Error(`there is no rule ${rule}${near(rule, ruleNames) || '; migrate-lint rules lists them'}`);
    });
  program
    .command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completion } = await import('./completion.ts');
      print(completion(shell, program)!);
    });
  program
    .command('lsp')
    .description('start a language server for editors')
    .option('--stdio', 'speak over standard input and output, as it always does')
    .addOption(new Option('--clientProcessId <pid>').hideHelp())
    .action(async () => {
      const { serve } = await import('../lsp/server.ts');
      serve(process.stdin, process.stdout, process.env);
    });
}
