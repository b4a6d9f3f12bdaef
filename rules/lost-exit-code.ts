import { defineRule, describe } from '../src/rule.ts';

export const lostExitCode = defineRule({
  id: 'lost-exit-code',
  title: 'A migration can fail without its container failing',
  severity: 'warning',
  preset: 'recommended',
  why: `Kubernetes and Helm know only the exit status of the container. Where the shell goes on after a failed migration, the status is that of the last command: the Job is
Complete, Helm says "deployed", and the new version meets the old schema. A shell without \`set -e\` goes on after each line, \`|| true\` says success, and of a pipe
only the last command counts. A migration behind \`||\` is a second attempt and loses nothing; \`|| sleep infinity\` makes the hook hang.`,
  fix: 'Begin the script with `set -e` (with a pipe also `set -o pipefail`, in bash), join the commands with `&&`, make the migration the last command, or `exec` it.',
  off: 'When the migration may fail, because something else checks the schema before it is used.',
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
          message: `${who} runs ${text} and, when it fails, ${goes}: the ${container.role !== 'main' ? 'pod' : workload.kind === 'Job' ? 'Job' : 'container'} then hangs${workload.hook ? " until Helm's timeout" : ''} instead of failing`,
          resource: workload.resource,
          help: `Remove \`|| ${instead}\`, so that a failed migration fails its container.`,
        };
        continue;
      }
      const held =
        workload.kind === 'Job'
          ? 'the Job is Complete'
          : container.role === 'init'
            ? 'the pod starts'
            : 'the container goes on';
      yield {
        at: place,
        message: `${who} runs ${text} ${reasons[lost]}: when it fails, ${held} all the same`,
        resource: workload.resource,
        help: lost === 'or-true' && instead !== undefined ? `Remove \`|| ${instead}\`.` : advice[lost],
      };
    }
  },
});

/** What never ends. */
const endless = /^\s*(?:sleep\s+(?:inf\w*|\d{5,}\S*|\d+d)|tail\s+-[fF]\s+\/dev\/null)/;

const reasons = {
  'or-true': 'and takes a failure for success (||)',
  followed: 'and goes on to the next command without set -e',
  pipe: 'into a pipe without pipefail',
  background: 'in the background',
  condition: 'as a condition',
} as const;

const advice = {
  'or-true': 'Remove what follows `||`, or end it with `exit 1`.',
  followed: 'Write `set -e` as the first line of the script, or join the commands with `&&`.',
  pipe: 'Write `set -o pipefail` before the pipe (bash), or do without the pipe.',
  background: 'Run the migration in the foreground, or read its status with `wait $!`.',
  condition: 'Let the branch that follows a failure end with `exit 1`.',
} as const;
