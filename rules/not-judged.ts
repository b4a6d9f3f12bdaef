import { defineRule } from '../src/rule.ts';

export const notJudged = defineRule({
  id: 'not-judged',
  title: 'Part of the chart was not judged',
  severity: 'error',
  preset: 'recommended',
  why: `No rule has looked at this part, so the absence of findings there means nothing. A document that cannot be read as
    Helm reads it may contain the hook that hangs. A scenario that does not render may be the one for production. The
    finding contains Helm's own message, or the limit that was reached. If Helm cannot render the install in any
    scenario, this is not a finding but a failure with exit code 2. What the chart itself refuses is a warning: an
    upgrade that stops at \`fail\`, \`required\` or an empty \`lookup\` under \`.Release.IsUpgrade\` (Bitnami's
    \`PASSWORDS ERROR\`), default values that do not render when values files in \`ci/\` do, and settings of
    \`--explore\`. The install and all other scenarios are judged regardless.`,
  fix: `Do what the finding asks: pass the values that Helm's message names (\`--set\`, \`-f\` or a scenario of the policy),
    correct the document, or raise the limit. If a chart is only ever installed with one set of values, lint it with
    these values.`,
  off: `When the part is known and judged elsewhere. \`not-judged: warning\` reports it without failing. The option
    \`refused\` sets the severity of what the chart itself refuses.`,
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
