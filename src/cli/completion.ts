import type { Command } from 'commander';
import { rules } from '../../rules/index.ts';

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
  const ids = rules.map(({ id }) => id).join(' ');
  switch (shell) {
    case 'bash':
      return `_migrate_lint() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    explain|--rule) COMPREPLY=($(compgen -W "${ids}" -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
${choices.map(({ long, words }) => `    ${long}) COMPREPLY=($(compgen -W "${words}" -- "$current")); return ;;\n`).join('')}  esac
  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "${options}" -- "$current")); else COMPREPLY=($(compgen -W "${names}" -- "$current") $(compgen -f -- "$current")); fi
}
complete -o filenames -F _migrate_lint migrate-lint
`;
    case 'zsh':
      return `#compdef migrate-lint
_migrate_lint() {
  case "\${words[CURRENT-1]}" in
    explain|--rule) compadd ${ids}; return ;;
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
        ...known.flatMap(({ long, argChoices }) =>
          long
            ? [`complete -c migrate-lint -l ${long.slice(2)}${argChoices ? ` -xa "${argChoices.join(' ')}"` : ''}`]
            : [],
        ),
        '',
      ].join('\n');
    default:
      return undefined;
  }
}
