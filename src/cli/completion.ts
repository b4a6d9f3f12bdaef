import type { Command } from 'commander';
import { rules } from '../../rules/index.ts';
import { furtherChecks } from '../suppress/checks.ts';

/** Options that complete with more than the table of options says. */
const completed: ReadonlySet<string> = new Set(['--rule', '--ignore', '--severity', '--scenario']);

/** Completion scripts for shells, made from the command line's own grammar. */
export function completion(shell: string, program: Command): string | undefined {
  const known = program.options;
  const names = program.commands.map((command) => command.name()).join(' ');
  const options = known
    .map(({ long }) => long ?? '')
    .filter(Boolean)
    .sort()
    .join(' ');
  const choices = known.flatMap(({ long, argChoices }) =>
    long && argChoices ? [{ long, words: argChoices.join(' ') }] : [],
  );
  const ofCommands = program.commands.flatMap((command) =>
    command.options.flatMap(({ long, argChoices }) =>
      long && argChoices ? [{ name: command.name(), long, words: argChoices.join(' ') }] : [],
    ),
  );
  const sorted = [...rules, ...furtherChecks].map(({ id }) => id).sort();
  const ids = sorted.join(' ');
  const levels = sorted.flatMap((id) => ['error', 'warning', 'info', 'off'].map((level) => `${id}=${level}`)).join(' ');
  switch (shell) {
    case 'bash':
      return `_migrate_lint() {
  local line="\${COMP_LINE:0:COMP_POINT}" current before rest words prefix="" file="\${COMP_WORDS[COMP_CWORD]}"
  current="\${line##*[[:blank:]]}"
  rest="\${line%"$current"}"
  rest="\${rest%"\${rest##*[![:blank:]]}"}"
  before="\${rest##*[[:blank:]]}"
  if [[ "$current" == --*=* ]]; then before="\${current%%=*}" prefix="\${current%%=*}=" current="\${current#*=}"; fi
  case "\${COMP_WORDS[1]} $before" in
${ofCommands.map(({ name, long, words }) => `    "${name} ${long}") words="${words}" ;;\n`).join('')}    *" explain"|*" --rule"|*" --ignore") words="${ids}" ;;
    *" --severity") words="${levels}" ;;
    *" --scenario") words="$(migrate-lint --list-scenarios . 2>/dev/null)" ;;
    *" completion") words="bash zsh fish" ;;
${choices.map(({ long, words }) => `    *" ${long}") words="${words}" ;;\n`).join('')}    *)
      if [[ "$current" == -* && -z "$prefix" ]]; then COMPREPLY=($(compgen -W "${options}" -- "$current")); return; fi
      [[ "$file" == "=" ]] && file=""
      # Of what is no file, readline would escape "=".
      compopt -o filenames 2>/dev/null
      COMPREPLY=()
      if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "${names}" -- "$current")); fi
      local IFS=$'\\n'
      COMPREPLY+=($(compgen -f -- "$file"))
      return ;;
  esac
  local IFS=$' \\n'
  [[ "$before" == --scenario ]] && IFS=$'\\n'
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "$current"))
  # Where "=" ends a word, readline replaces what follows it only.
  if [[ "$COMP_WORDBREAKS" == *=* && "$prefix$current" == *=* ]]; then
    current="$prefix$current"
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*=}"}"}")
  fi
}
complete -F _migrate_lint migrate-lint
`;
    case 'zsh':
      return `#compdef migrate-lint
_migrate_lint() {
  case "\${words[CURRENT-1]}" in
    explain|--rule|--ignore) compadd ${ids}; return ;;
    --severity) compadd ${levels}; return ;;
    --scenario) compadd \${(f)"$(migrate-lint --list-scenarios . 2>/dev/null)"}; return ;;
    completion) compadd bash zsh fish; return ;;
${choices.map(({ long, words }) => `    ${long}) compadd ${words}; return ;;\n`).join('')}  esac
  if [[ "$PREFIX" == -* ]]; then compadd -- ${options}; else compadd ${names}; _files; fi
}
compdef _migrate_lint migrate-lint
`;
    case 'fish':
      return [
        `complete -c migrate-lint -n __fish_use_subcommand -a "${names}"`,
        `complete -c migrate-lint -n "__fish_seen_subcommand_from explain" -xa "${ids}"`,
        'complete -c migrate-lint -n "__fish_seen_subcommand_from completion" -xa "bash zsh fish"',
        `complete -c migrate-lint -l rule -xa "${ids}"`,
        `complete -c migrate-lint -l ignore -xa "${ids}"`,
        `complete -c migrate-lint -l severity -xa "${levels}"`,
        'complete -c migrate-lint -l scenario -xa "(migrate-lint --list-scenarios . 2>/dev/null)"',
        ...known.flatMap(({ long, argChoices }) =>
          long && !completed.has(long)
            ? [`complete -c migrate-lint -l ${long.slice(2)}${argChoices ? ` -xa "${argChoices.join(' ')}"` : ''}`]
            : [],
        ),
        '',
      ].join('\n');
    default:
      return undefined;
  }
}
