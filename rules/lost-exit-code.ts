import { defineRule, describe } from '../src/rule.ts';

export const lostExitCode = defineRule({
  id: 'lost-exit-code',
  title: 'A migration can fail without its container failing',
  severity: 'warning',
  preset: 'recommended',
  why: `Kubernetes and Helm know only the exit status of the container. Where the shell goes on after a failed migration, the status is that of the last command: the Job is
Complete, Helm says "deployed", and the new version meets the old schema. A shell without \`set -e\` goes on after each line, \`|| true\` says success, and of a pipe
only the last command counts.`,
  fix: 'Begin the script with `set -e` (with a pipe also `set -o pipefail`, in bash), join the commands with `&&`, make the migration the last command, or `exec` it.',
  off: 'When the migration may fail, because something else checks the schema before it is used.',
  see: [
    'https://www.gnu.org/software/bash/manual/html_node/The-Set-Builtin.html',
    'https://kubernetes.io/docs/concepts/workloads/controllers/job/#handling-pod-and-container-failures',
  ],
  *check({ release }) {
    for (const { workload, container, place, text, lost } of release.migrations) {
      // `PIPESTATUS` and `wait PID` ask for the status afterwards.
      const asked = container.understanding.commands.some(({ script }) =>
        /PIPESTATUS|\bwait\s+["$%-]/.test(script.text),
      );
      if (!lost || (asked && (lost === 'pipe' || lost === 'background'))) continue;
      const held =
        workload.kind === 'Job'
          ? 'the Job is Complete'
          : container.role === 'init'
            ? 'the pod starts'
            : 'the container goes on';
      yield {
        at: place,
        message: `Container ${container.name} of ${describe(workload)} runs ${text} ${reasons[lost]}: when it fails, ${held} all the same`,
        resource: workload.resource,
      };
    }
  },
});

const reasons = {
  'or-true': 'and takes a failure for success (||)',
  followed: 'and goes on to the next command without set -e',
  pipe: 'into a pipe without pipefail',
  background: 'in the background',
  condition: 'as a condition',
} as const;
