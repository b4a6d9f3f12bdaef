// Command lines and scripts, and what each is understood as. `npm run docs` writes the files that are compared: read
// their changes.
import { describe, expect, it } from 'vitest';
import { printed, type Case } from './records/case.ts';
import { clients, containers, programs, scripts, shell, variables } from './records/commands.ts';

async function record(cases: Case[]): Promise<string> {
  return `${(await printed(cases)).join('\n')}\n`;
}

describe('understands', () => {
  it('each program, and not one whose name only begins or ends so', async () => {
    await expect(await record(programs())).toMatchFileSnapshot('commands/programs.txt');
  });

  it('each way to wait with it', async () => {
    await expect(await record(clients())).toMatchFileSnapshot('commands/clients.txt');
  });

  it('variables, and a scheme that only begins or ends as a known one', async () => {
    await expect(await record(variables())).toMatchFileSnapshot('commands/variables.txt');
  });

  it('containers', async () => {
    await expect(await record(containers())).toMatchFileSnapshot('commands/containers.txt');
  });

  it('what a shell runs', async () => {
    await expect(await record(shell())).toMatchFileSnapshot('commands/shell.txt');
  });

  it('each script', async () => {
    await expect((await printed(scripts())).join('\n')).toMatchFileSnapshot('commands/scripts.txt');
  });
});
