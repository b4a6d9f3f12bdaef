import { rules } from '../../rules/index.ts';
import { program } from './program.ts';

/** Completion scripts for shells, made from the command line's own grammar. */
export function completion(shell: string): string | undefined {
  const options = program(() => undefined).options.map(({ long }) => long ?? '').filter(Boolean).sort().join(' ');
  const ids = rules.map(({ id }) => id).join(' ');
  switch (shell) {
    case 'bash':
      return `_migrate_lint() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    explain|--rule) COMPREPLY=($(compgen -W "${ids}" -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "stylish json sarif github gitlab junit checkstyle markdown" -- "$current")); return ;;
    --dependencies) COMPREPLY=($(compgen -W "all own none" -- "$current")); return ;;
    --preset) COMPREPLY=($(compgen -W "recommended strict all" -- "$current")); return ;;
    --engine) COMPREPLY=($(compgen -W "helm argocd flux" -- "$current")); return ;;
    --action) COMPREPLY=($(compgen -W "install upgrade both" -- "$current")); return ;;
  esac
  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "${options}" -- "$current")); else COMPREPLY=($(compgen -W "init rules explain completion" -- "$current") $(compgen -f -- "$current")); fi
}
complete -o filenames -F _migrate_lint migrate-lint
`;
    case 'zsh':
      return `#compdef migrate-lint
_migrate_lint() {
  case "\${words[CURRENT-1]}" in
    explain|--rule) compadd ${ids}; return ;;
    completion) compadd bash zsh fish; return ;;
    --format) compadd stylish json sarif github gitlab junit checkstyle markdown; return ;;
    --dependencies) compadd all own none; return ;;
    --preset) compadd recommended strict all; return ;;
    --engine) compadd helm argocd flux; return ;;
    --action) compadd install upgrade both; return ;;
  esac
  if [[ "$PREFIX" == -* ]]; then compadd -- ${options}; else compadd init rules explain completion; _files; fi
}
compdef _migrate_lint migrate-lint
`;
    case 'fish':
      return [
        'complete -c migrate-lint -n __fish_use_subcommand -a "init rules explain completion"',
        `complete -c migrate-lint -n "__fish_seen_subcommand_from explain" -xa "${ids}"`,
        'complete -c migrate-lint -n "__fish_seen_subcommand_from completion" -xa "bash zsh fish"',
        ...options.split(' ').map((option) => `complete -c migrate-lint -l ${option.slice(2)}`),
        '',
      ].join('\n');
    default:
      return undefined;
  }
}
