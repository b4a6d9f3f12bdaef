// The built site in a real Chromium (Debian's package `chromium`, or CHROMIUM=path): what people search, click and
// paste.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../site/build/serve.ts';
import { json } from '../../src/report/json.ts';
import type { PlaygroundResult } from '../../src/playground.ts';
import { run } from '../chart/cli.ts';
import { inputs, path } from '../playground/inputs.ts';

const program = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));
if (program === undefined) console.warn('SKIPPED: there is no Chromium here (Debian: apt-get install chromium)');
const base = '/migrate-lint/';

describe.skipIf(program === undefined)('the site', () => {
  let browser: Browser;
  let site: string;
  let pages: Page[] = [];
  let elsewhere: string[] = [];
  let said: string[] = [];
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/ts.mjs', 'site/build/site.ts', '--base', base], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    site = await serve('site/dist', base, 0);
    // Root, as in containers, has no sandbox.
    browser = await chromium.launch({
      executablePath: program!,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterEach(async () => {
    expect([elsewhere, said]).toEqual([[], []]);
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
  });
  afterAll(() => browser.close());

  /** A page of the site; what it asks for elsewhere, and whatever it complains about, fails the test. */
  const open = async (to: string, options: BrowserContextOptions = {}, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })).newPage();
    pages.push(page);
    [elsewhere, said] = [[], []];
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => said.push(message.text()));
    await page.route(
      (url) => !url.href.startsWith(site),
      (route) => {
        elsewhere.push(route.request().url());
        return route.abort();
      },
    );
    await prepare?.(page);
    await page.goto(`${site}${to}`);
    return page;
  };
  const playground = async (hash = '', options: BrowserContextOptions = {}) => {
    const page = await open(`playground.html${hash}`, options);
    await done(page);
    return page;
  };
  const done = (page: Page) => page.locator('#playground[data-state=done]').waitFor();
  const verdicts = (page: Page) => page.locator('.status .verdict').allTextContents();
  /** Pastes over all that is in the editor. */
  const paste = async (page: Page, text: string) => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData('text/plain', pasted);
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('.cm-content')!.dispatchEvent(event);
    }, text);
  };

  it('convinces in one screen: the chart, the report and the picture', async () => {
    const page = await open('');
    for (const [selector, text] of [
      ['.start .yaml', 'until nc -z elk 9200'],
      ['.start .report', 'Job/auth-migrations waits for Service/elk, but Helm creates it only after the hook'],
      ['.start .rollout', 'install hangs: pre-install hook Job/auth-migrations waits for Service/elk'],
    ] as const) {
      const part = page.locator(selector);
      expect(await part.textContent()).toContain(text);
      const box = (await part.boundingBox())!;
      expect(box.y + box.height, selector).toBeLessThanOrEqual(800);
    }
    await page.getByRole('link', { name: 'Try it in the browser' }).click();
    await done(page);
  });

  it('finds a rule by searching', async () => {
    const page = await open('');
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.keyboard.type('never bound claim');
    await page.locator('.VPLocalSearchBox .result').first().click();
    await page.waitForURL(`${site}rules/unbound-claim.html*`);
  });

  it('shows the charts of a rule as tabs, and the others folded', async () => {
    const page = await open('rules/hook-deadlock.html');
    const [wrong, right] = [
      page.getByRole('tabpanel').nth(0),
      page.getByRole('tabpanel', { includeHidden: true }).nth(1),
    ];
    await expect.poll(() => wrong.textContent()).toContain('Helm creates it only after the hook');
    await page.getByRole('tab', { name: 'Wrong' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => right.isVisible()).toBe(true);
    expect(await right.textContent()).toContain('.Release.Revision');
    expect(await page.locator('details.example').count()).toBeGreaterThan(20);
  });

  it('the playground shows the deadlock of the example at its line, and editing makes it vanish', async () => {
    const page = await playground();
    // The text is scrolled to the finding, the page is not.
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(await page.locator('.cm-scroller').evaluate((scroller) => scroller.scrollTop)).toBeGreaterThan(0);
    expect(await verdicts(page)).toEqual([
      '✗ install hangs: pre-install hook Job/auth-migrations waits for Service/elk (created later)',
      '✓ upgrade passes',
    ]);
    expect(await page.locator('.findings .finding').textContent()).toContain('hook-deadlock');
    expect(await page.locator('.picture .node.on-chain .name').allTextContents()).toEqual(['auth-migrations', 'elk']);
    await page
      .locator('.findings')
      .getByRole('button', { name: /^Line \d+: Job\/auth-migrations/ })
      .click();
    expect(await page.locator('.cm-activeLine').textContent()).toContain('until nc -z elk 9200');
    expect(await page.locator('.cm-lint-marker-error').count()).toBe(1);
    await page.keyboard.press('Shift+End');
    await page.keyboard.type("          command: [sh, -c, 'true']");
    await expect.poll(() => verdicts(page)).toEqual(['✓ install and upgrade pass']);
    expect(await page.locator('.findings').textContent()).toBe('No findings.');
    expect(await page.locator('.cm-lint-marker-error').count()).toBe(0);
  });

  it('the playground obeys its options, and a link holds all of it', async () => {
    const page = await playground();
    await page.getByLabel('Example').selectOption('With --wait, a pod waits for a post-install hook');
    await expect
      .poll(() => verdicts(page))
      .toEqual([expect.stringMatching(/^✗ install hangs: Deployment\/web is never ready/), '✓ upgrade passes']);
    await page.getByRole('checkbox', { name: '--wait' }).uncheck();
    await expect.poll(() => verdicts(page)).not.toContainEqual(expect.stringContaining('hangs'));
    await page.getByLabel('Engine').selectOption('Flux');
    await page.getByLabel('Preset').selectOption('strict');
    await page.getByLabel('Action').selectOption('install');
    await expect.poll(() => verdicts(page)).toEqual([expect.stringMatching(/^✗ install hangs/)]);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.waitForURL(/#v1=/);
    const other = await playground(new URL(page.url()).hash);
    expect(await verdicts(other)).toEqual(await verdicts(page));
    expect(await other.getByLabel('Engine').inputValue()).toBe('flux');
    expect(await other.getByLabel('Preset').inputValue()).toBe('strict');
    expect(await other.locator('.cm-content').textContent()).toBe(await page.locator('.cm-content').textContent());
    const damaged = await open('playground.html#v1=AAAA');
    await expect.poll(() => verdicts(damaged)).toEqual(['This link is damaged: it holds no manifests.']);
  });

  it('a hostile document stays text', async () => {
    const page = await playground();
    const evil = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';
    const manifest = (name: string, more: string) =>
      `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${JSON.stringify(name)}\n  annotations:\n    helm.sh/hook: pre-install\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      initContainers:\n      - name: ${JSON.stringify(name)}\n        image: a\n        command: [sh, -c, ${JSON.stringify(more)}]\n      containers: [{name: a, image: a, command: [alembic, upgrade, head]}]\n`;
    const service = `apiVersion: v1\nkind: Service\nmetadata: {name: elk}\nspec: {ports: [{port: 9200}]}\n`;
    await paste(page, `${manifest(evil, 'until nc -z elk 9200; do sleep 2; done')}---\n${service}`);
    await expect.poll(() => verdicts(page)).toEqual(expect.arrayContaining([expect.stringContaining('<img src=x')]));
    expect(await page.locator('.picture .node .name').allTextContents()).toContain(evil);
    expect(await page.locator('#playground').locator('img, script').count()).toBe(0);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
    // As a link, too, and as a document that cannot be read.
    await paste(page, `${evil}\n---\n{{ ${evil} }}`);
    await expect
      .poll(() => verdicts(page))
      .toEqual([expect.stringMatching(/^rendered\.yaml: This document was not judged: [^\n]*$/)]);
    expect(await page.evaluate(() => 'owned' in window)).toBe(false);
  });

  it('a document that cannot be read is one line, beside the findings of the others', async () => {
    const page = await playground();
    await paste(page, 'This is the output of helm template.');
    await expect
      .poll(() => verdicts(page))
      .toEqual(['rendered.yaml: This document was not judged: it is no mapping, so Helm refuses it']);
    const text = readFileSync('site/examples/elk-deadlock.yaml', 'utf8');
    await paste(page, `${text}---\nmetadata: {\n`);
    await expect.poll(() => page.locator('.findings').textContent()).toContain('not-judged');
    expect(await page.locator('.findings').textContent()).toContain('hook-deadlock');
  });

  it('5 MB do not freeze the page: it goes on drawing while they are linted', async () => {
    const page = await playground();
    const text = readFileSync('site/examples/elk-deadlock.yaml', 'utf8');
    const data = Array.from({ length: 60 }, (_, line) => `  key-${line}: ${'value '.repeat(10)}\n`).join('');
    const filler = Array.from(
      { length: 1200 },
      (_, index) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: filler-${index}\ndata:\n${data}`,
    ).join('');
    const large = `${text}${filler}`;
    expect(large.length).toBeGreaterThan(5_000_000);
    await page.evaluate(() => {
      const root = document.getElementById('playground')!;
      const counted = { frames: 0 };
      Object.assign(window, { counted });
      const tick = () => {
        if (root.dataset['state'] === 'linting') counted.frames += 1;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    await paste(page, large);
    await page.locator('#playground[data-state=linting]').waitFor();
    await done(page);
    expect(await verdicts(page)).toEqual([expect.stringMatching(/^✗ install hangs/), '✓ upgrade passes']);
    expect(
      await page.evaluate(() => (window as unknown as { counted: { frames: number } }).counted.frames),
    ).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await expect.poll(() => verdicts(page)).toEqual(['These manifests are too long for a link.']);
  });

  it('a worker that never ends is stopped, and the page says so', async () => {
    const page = await open('playground.html', {}, async (opened) => {
      await opened.clock.install();
      await opened.route('**/worker-*.js', (route) =>
        route.fulfill({ contentType: 'text/javascript', body: 'for (;;);' }),
      );
    });
    await page.locator('#playground[data-state=linting]').waitFor();
    await page.clock.fastForward(20_000);
    await expect.poll(() => verdicts(page)).toEqual(['Linting took longer than 15 seconds and was stopped.']);
  });

  it('a dropped file is opened', async () => {
    const page = await playground();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dropped}\n'], 'x.yaml'));
      const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.querySelector('.cm-content')!.dispatchEvent(event);
    });
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('dropped');
    await expect.poll(() => verdicts(page)).toEqual(['✓ install and upgrade pass']);
  });

  it('the worker reports fifty inputs as the command line does', async () => {
    const requested: string[] = [];
    const page = await open('playground.html', {}, (opened) => {
      opened.on('request', (request) => requested.push(request.url()));
      return Promise.resolve();
    });
    await done(page);
    const worker = requested.find((url) => /\/worker-[^/]*\.js$/.test(url))!;
    const all = await inputs();
    const results = await page.evaluate(
      async ({ url, asked }) => {
        const started = new Worker(url, { type: 'module' });
        const out: unknown[] = [];
        for (const [id, one] of asked.entries()) {
          started.postMessage({ id, ...one });
          out.push(
            await new Promise((resolve) => {
              started.onmessage = ({ data }: MessageEvent<{ result: unknown }>) => resolve(data.result);
            }),
          );
        }
        return out;
      },
      { url: worker, asked: all.map(({ text, options }) => ({ text, options })) },
    );
    expect(results).toHaveLength(50);
    for (const [index, { name, text, args }] of all.entries()) {
      const { stdout } = run(['-', '--stdin-filename', path, '--no-config', '--format', 'json', ...args], {
        input: text,
      });
      const report = JSON.parse(json(results[index] as PlaygroundResult)) as unknown;
      expect({ name, report }).toEqual({ name, report: JSON.parse(stdout) });
    }
  });

  it('the playground loads at most 400 kB of JavaScript, compressed, beside its editor', async () => {
    const requested: string[] = [];
    const page = await open('playground.html', {}, (opened) => {
      opened.on('request', (request) => requested.push(request.url()));
      return Promise.resolve();
    });
    await done(page);
    const sizes = [...new Set(requested)]
      .filter((url) => url.endsWith('.js') && url.startsWith(site))
      .map((url) => ({
        name: url.slice(site.length),
        size: gzipSync(readFileSync(join('site/dist', url.slice(site.length)))).length,
      }));
    const editor = sizes.filter(({ name }) => /\/editor\./.test(name));
    expect(editor).toHaveLength(1);
    const rest = sizes.filter((one) => !editor.includes(one));
    const total = rest.reduce((sum, { size }) => sum + size, 0);
    console.info(`${Math.round(total / 1000)} kB beside an editor of ${Math.round(editor[0]!.size / 1000)} kB`);
    expect(total).toBeLessThan(400_000);
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each(['', 'tutorial.html', 'rules/hook-deadlock.html', 'playground.html'])(
      '/%s has no serious fault for assistive technology, wide and narrow, and does not scroll sideways',
      async (to) => {
        for (const width of [1280, 390]) {
          const page = await open(to, { colorScheme, viewport: { width, height: 844 } });
          if (to === 'playground.html') await done(page);
          const { violations } = await new AxeBuilder({ page }).analyze();
          const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
          expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 120)).slice(0, 3)])).toEqual(
            [],
          );
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
          ).toBeLessThanOrEqual(0);
        }
      },
    );
  });
});
