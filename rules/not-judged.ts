import { defineRule } from '../src/rule.ts';

export const notJudged = defineRule({
  id: 'not-judged',
  title: 'Part of the chart was not judged',
  severity: 'error',
  preset: 'recommended',
  why: `No rule has looked at this part, so that no findings in it mean nothing. A document that cannot be read as Helm reads it may
    hold the hook that hangs. A scenario that does not render may be the one that goes to production.
    Helm's own message, or the bound that was reached, is part of the finding. What Helm cannot render for install in any scenario is not a finding
    but a failure: the exit code is 2.
    What the chart itself refuses is a warning: an upgrade that stops at \`fail\`, \`required\` or an empty \`lookup\` under \`.Release.IsUpgrade\`
    (Bitnami's \`PASSWORDS ERROR\`), default values that do not render beside values files in \`ci/\` that do, and settings of \`--explore\`.
    The install, and every other scenario, is judged all the same.`,
  fix: `Do what the finding asks for: pass the values that Helm's message names (\`--set\`, \`-f\`, or a scenario of the policy), correct the document,
    or raise the bound. A chart that is only ever installed with one set of values is best judged with exactly these.`,
  off: `When the part is known and judged elsewhere. \`not-judged: warning\` reports it without failing; the option \`refused\` sets the
    severity of what the chart itself refuses.`,
  see: [
    'https://helm.sh/docs/chart_template_guide/function_list/#required',
    'https://docs.bitnami.com/kubernetes/faq/troubleshooting/troubleshooting-helm-chart-issues/#credential-errors-while-upgrading-chart-releases',
    'https://github.com/helm/chart-testing/blob/main/README.md',
  ],
  options: {
    refused: {
      type: 'string',
      default: 'warning',
      enum: ['error', 'warning', 'info', 'off'],
      description: 'Severity of what the chart itself refuses to render: `error`, `warning`, `info` or `off`',
    },
  },
  // Its findings come from the stages that had to leave something out (src/check/unjudged.ts).
  check: () => [],
});
