import { secretNames } from './argv.ts';
import type { ContainerCommand } from './understanding.ts';

type Env = ReadonlyMap<string, string | undefined>;

/** Kubernetes' own expansion of `$(VAR)`; `$$(VAR)` is an escape, an unknown name stays as it is. */
export function expandReferences(text: string, env: Env): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '$') {
      const next = text.indexOf('$', i);
      out += text.slice(i, next < 0 ? undefined : next);
      if (next < 0) break;
      i = next - 1;
      continue;
    }
    if (text[i + 1] === '$') {
      out += '$';
      i++;
      continue;
    }
    const name = /^\$\(([A-Za-z_.-][\w.-]{0,252})\)/.exec(text.slice(i, i + 260))?.[1];
    if (name === undefined || !env.has(name)) {
      out += '$';
      continue;
    }
    // A value that is not visible: for a shell it is then the variable itself.
    out += env.get(name) ?? `\${${name}}`;
    i += name.length + 2;
    if (out.length > 500_000) break;
  }
  return out;
}

/** The container's environment with its passwords hidden, and its command and args as the kubelet hands them on. */
export function expandAll(container: ContainerCommand): { env: Env; command?: string[]; args?: string[] } {
  // Nobody waits for a password: it stays a variable.
  const env = new Map<string, string | undefined>();
  for (const [name, value] of container.env)
    env.set(
      name,
      value !== undefined && secretNames.test(name) && !value.includes('://') ? undefined : value?.slice(0, 20_000),
    );
  const each = (words: string[] | undefined): string[] | undefined =>
    words?.map((word) => expandReferences(String(word), env));
  return { env, command: each(container.command), args: each(container.args) };
}
