// A repository without deployments is linted as if nobody looked for them: byte for byte.
import { expect, it } from 'vitest';
import { run } from '../chart/cli.ts';

it.each([
  'fixtures/optscale',
  'fixtures/readme',
  'fixtures/sql-migrate',
  'fixtures/wait-for-job',
  'fixtures/rules/hook-deadlock',
  'fixtures/rules/not-judged',
])('%s', (folder) => {
  // The command that the report ends with names the option.
  const without = ({ stdout, ...rest }: ReturnType<typeof run>) => ({
    ...rest,
    stdout: stdout.replaceAll('plan --deployments none ', 'plan '),
  });
  for (const format of ['stylish', 'json'])
    expect(run([folder, '--format', format, '--no-config'])).toEqual(
      without(run([folder, '--format', format, '--no-config', '--deployments', 'none'])),
    );
});
