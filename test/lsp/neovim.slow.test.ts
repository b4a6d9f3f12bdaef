// A real Neovim (apt-get install neovim), headless, with its own client.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { workspaceOf } from './editor.ts';

const found = spawnSync('nvim', ['--version'], { encoding: 'utf8' });
const isThere = found.status === 0;
if (!isThere) console.warn('SKIPPED, since there is no nvim on PATH: apt-get install neovim');

it.skipIf(!isThere)(
  'shows the deadlock in Neovim, clears it, and suppresses it by an action',
  { timeout: 180_000 },
  () => {
    const { folder, remove } = workspaceOf('fixtures/optscale');
    try {
      const helpers = join(folder, 'optscale/templates/_helpers.tpl');
      const out = join(folder, 'out.json');
      const script = join(folder, 'test.lua');
      writeFileSync(
        script,
        `
local out = {}
local function found(buffer)
  local list = {}
  for _, d in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(list, { line = d.lnum + 1, code = d.code, severity = d.severity, source = d.source })
  end
  return list
end
local function has(buffer, code)
  for _, d in ipairs(found(buffer)) do if d.code == code then return true end end
  return false
end
local client = vim.lsp.start_client({
  name = 'migrate-lint',
  cmd = { ${JSON.stringify(process.execPath)}, ${JSON.stringify(resolve('dist/cli.js'))}, 'lsp', '--stdio' },
  root_dir = ${JSON.stringify(folder)},
  workspace_folders = { { uri = vim.uri_from_fname(${JSON.stringify(folder)}), name = 'charts' } },
})
vim.cmd('edit ' .. ${JSON.stringify(helpers)})
local helpers = vim.api.nvim_get_current_buf()
vim.lsp.buf_attach_client(helpers, client)
out.came = vim.wait(60000, function() return has(helpers, 'hook-deadlock') end, 50)
out.first = found(helpers)
vim.cmd('edit ' .. ${JSON.stringify(join(folder, 'optscale/values.yaml'))})
local values = vim.api.nvim_get_current_buf()
vim.lsp.buf_attach_client(values, client)
vim.cmd('%s/mode: hooks/mode: none/')
out.cleared = vim.wait(60000, function() return not has(helpers, 'hook-deadlock') end, 50)
vim.cmd('%s/mode: none/mode: hooks/')
out.back = vim.wait(60000, function() return has(helpers, 'hook-deadlock') end, 50)
vim.api.nvim_set_current_buf(helpers)
local line = 0
for _, d in ipairs(found(helpers)) do if d.code == 'hook-deadlock' then line = d.line end end
vim.api.nvim_win_set_cursor(0, { line, 0 })
local params = vim.lsp.util.make_range_params()
params.context = { diagnostics = {} }
local answers = vim.lsp.buf_request_sync(helpers, 'textDocument/codeAction', params, 60000)
for _, answer in pairs(answers or {}) do
  for _, action in ipairs(answer.result or {}) do
    if action.title:find('Suppress') then
      local edit = action.edit
      if not edit then
        local resolved = vim.lsp.buf_request_sync(helpers, 'codeAction/resolve', action, 60000)
        for _, one in pairs(resolved or {}) do edit = one.result.edit end
      end
      vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
    end
  end
end
out.line = line
out.text = vim.api.nvim_buf_get_lines(helpers, line - 1, line, false)[1]
out.suppressed = vim.wait(60000, function() return not has(helpers, 'hook-deadlock') end, 50)
local file = io.open(${JSON.stringify(out)}, 'w')
file:write(vim.json.encode(out))
file:close()
vim.cmd('qa!')
`,
      );
      const { stderr } = spawnSync(
        'nvim',
        ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', `luafile ${script}`],
        {
          encoding: 'utf8',
          timeout: 170_000,
          env: { ...process.env, NO_COLOR: '1' },
        },
      );
      const result = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>;
      const line =
        readFileSync(helpers, 'utf8')
          .split('\n')
          .findIndex((text) => text.includes('until nc -z {{ $host }}')) + 1;
      expect([stderr.includes('Error'), result]).toMatchObject([
        false,
        {
          came: true,
          cleared: true,
          back: true,
          suppressed: true,
          line,
          text: expect.stringContaining('migrate-lint-disable-next-line hook-deadlock -- TODO'),
        },
      ]);
      expect(result['first']).toContainEqual({ line, code: 'hook-deadlock', severity: 1, source: 'migrate-lint' });
    } finally {
      remove();
    }
  },
);
