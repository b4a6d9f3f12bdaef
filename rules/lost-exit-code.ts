import { defineRule, describe } from '../src/rule.ts';

export const lostExitCode = defineRule({
  id: 'lost-exit-code',
  title: 'A failed migration does not fail its container',
  severity: 'warning',
  preset: 'recommended',
  why: `Kubernetes and Helm only see the exit code of the container. If the shell continues after a failed migration, the
    exit code is that of the last command. The Job is Complete, Helm reports "deployed", and the new version runs on the
    old schema. A shell without \`set -e\` continues after each failed line, \`|| true\` reports success, and only the
    last command of a pipe counts. A trap on EXIT that ends with \`exit 0\` replaces every other exit code. A migration after \`||\` is a second attempt and loses nothing. \`|| sleep infinity\`
    makes the hook hang.`,
  fix: `Start the script with \`set -e\` (and \`set -o pipefail\` in bash if it has a pipe), join the commands with \`&&\`,
    make the migration the last command, or \`exec\` it.`,
  off: 'When the migration may fail because something else checks the schema before it is used.',
  see: [
    'https://www.gnu.org/software/bash/manual/html_node/The-Set-Builtin.html',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures',
  ],
  *check({ release }) {
    for (const { workload, container, place, text, lost, instead } of release.migrations) {
      // `PIPESTATUS` and `wait PID` ask for the status afterwards.
      const asked = container.understanding.commands.some(({ script }) =>
        /PIPESTATUS|\bwait\s+["$%-]/.test(script.text),
      );
      if (!lost || (asked && (lost === 'pipe' || lost === 'background'))) continue;
      const who = `Container ${container.name} of ${describe(workload)}`;
      const goes = instead === undefined ? undefined : endless.exec(instead)?.[0];
      if (goes !== undefined) {
        yield {
          at: place,
          message: `${who} runs ${text} and, if it fails, ${goes}: the ${container.role !== 'main' ? 'pod' : workload.kind === 'Job' ? 'Job' : 'container'} then hangs${workload.hook ? " until Helm's timeout" : ''} instead of failing`,
          resource: workload.resource,
          help: `Remove \`|| ${instead}\`, so that a failed migration fails its container.`,
        };
        continue;
      }
      // A second attempt is no fault: what ignores its failure is.
      const second = release.migrations.find((other) => other.container === container && other.text === instead);
      const ignoring = second ? second.instead : instead;
      const held =
        workload.kind === 'Job'
          ? 'the Job is Complete'
          : container.role === 'init'
            ? 'the pod starts'
            : 'the container continues';
      yield {
        at: place,
        message: `${who} runs ${text} ${reasons[lost]}: if it fails, ${held} regardless`,
        resource: workload.resource,
        help: lost === 'or-true' && ignoring !== undefined ? withoutHandler(ignoring) : advice[lost],
      };
    }
  },
});

/** Advice against `CMD || HANDLER`. */
function withoutHandler(handler: string): string {
  const kept = /^(\w+)="?\$\?"?$/.exec(handler)?.[1];
  return kept === undefined ? `Remove \`|| ${handler}\`.` : `End the script with \`exit $${kept}\`.`;
}

/** What never ends. */
const endless = /^\s*(?:sleep\s+(?:inf\w*|\d{5,}\S*|\d+d)|tail\s+-[fF]\s+\/dev\/null)/;

const reasons = {
  'or-true': 'and ignores its failure (||)',
  followed: 'and continues with the next command without set -e',
  pipe: 'into a pipe without pipefail',
  background: 'in the background',
  condition: 'as a condition',
  trap: 'in a shell whose trap ends with `exit 0`',
} as const;

const advice = {
  'or-true': 'Remove what follows `||`, or end it with `exit 1`.',
  followed: 'Write `set -e` as the first line of the script, or join the commands with `&&`.',
  pipe: 'Write `set -o pipefail` before the pipe (in bash), or remove the pipe.',
  background: 'Run the migration in the foreground, or read its exit code with `wait $!`.',
  condition: 'End the branch that follows a failure with `exit 1`.',
  trap: 'Remove `exit 0` from the trap, so that the shell ends with the exit code of the migration.',
} as const;
