import { defineRule, describe, placeIn, rowAt, scriptIn } from '../src/rule.ts';

export const doubledDollar = defineRule({
  id: 'doubled-dollar',
  title: 'Kubernetes makes $$ in a command a single $',
  severity: 'warning',
  preset: 'recommended',
  why: `In \`command\` and \`args\`, \`$$\` is an escape: the kubelet expands \`$(VAR)\` there, and makes every \`$$\` a single
    \`$\` before the shell sees it. A script that means its process id gets a dollar sign: a lock file holds \`$\`,
    \`kill -0 "$(cat lock)"\` fails ("Illegal number: $"), and two pods use the same file \`/tmp/dump.$\`.`,
  fix: 'Write `$$$$` for the process id of the shell, or keep the script in a ConfigMap, where nothing is expanded.',
  off: 'When the script means a dollar sign.',
  see: [
    'https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/',
    'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint',
  ],
  *check({ release }) {
    for (const workload of release.workloads) {
      const { pod, resource } = workload;
      for (const container of pod.containers) {
        const script = scriptIn(container);
        const offset = script && processId(script.text);
        if (!script || offset === undefined) continue;
        const { at, text } = script;
        yield {
          at: placeIn(resource, container, { at, ...rowAt(text, offset) }),
          message: `The script of container ${container.name} of ${describe(workload)} uses \`$$\` as the shell's process id, but Kubernetes makes it a single \`$\` in ${String(at[0])}`,
          resource,
          help: "Write `$$$$` for the shell's process id, or keep the script in a ConfigMap.",
        };
      }
    }
  },
});

/** Where a script uses `$$` as a word or part of a file's name; not in single quotes, comments, or before a name. */
function processId(text: string): number | undefined {
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'") at += 1;
    else if (char === quote) quote = '';
    else if (!quote && (char === "'" || char === '"')) quote = char;
    else if (!quote && char === '#' && /^$|\s/.test(text[at - 1] ?? '')) {
      const end = text.indexOf('\n', at);
      if (end === -1) return undefined;
      at = end;
    } else if (char === '$') {
      const [dollars] = /^\$+/.exec(text.slice(at, at + 100))!;
      const [before, after] = [text[at - 1] ?? ' ', text[at + dollars.length] ?? ' '];
      if (dollars.length === 2 && quote !== "'" && /[\s./_="+:-]/.test(before) && !/[\w({@*#?!-]/.test(after))
        return at;
      at += dollars.length - 1;
    }
  }
  return undefined;
}
