// What a Helm calls itself.
import { expect, it } from 'vitest';
import { parseVersion } from '../../src/helm/version.ts';

it.each([
  ['v4.2.3', 4, '4.2.3'],
  ['v3.17.3', 3, '3.17.3'],
  // Built by `go install helm.sh/helm/v4/cmd/helm@v4.3.1`.
  ['v4.3', 4, '4.3'],
  ['v3.22', 3, '3.22'],
])('%s is Helm %d', (raw, major, version) => {
  expect(parseVersion(raw, '/usr/bin/helm')).toEqual({ raw, major, version });
});

it.each(['v2.17.0', '4', 'v5.0.0', 'kubectl'])('%s is not a Helm that renders', (raw) => {
  expect(() => parseVersion(raw, '/usr/bin/helm')).toThrow(/is Helm|is not Helm/);
});
