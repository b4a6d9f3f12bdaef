// The page of a plan in a real Chromium (Debian's package `chromium`, or CHROMIUM=path): what people click, type and
// see.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../src/plan/html/index.ts';
import type { Plan } from '../../src/plan/index.ts';
import type { PlanRelease } from '../../src/plan/plan.ts';
import { evil } from '../report/hostile.ts';
import { bigChart } from './big-chart.ts';
import { hostilePlan, plansOf, releasesIn } from './plans.ts';

const program = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (program === undefined) console.warn('SKIPPED: there is no Chromium here (Debian: apt-get install chromium)');

describe.skipIf(program === undefined)('the page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-lint-page-'));
  let browser: Browser;
  let pages: Page[] = [];
  let asked: string[] = [];
  let said: string[] = [];
  beforeAll(async () => {
    // Root, as in containers, has no sandbox.
    browser = await chromium.launch({
      executablePath: program!,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterEach(async () => {
    expect([asked, said]).toEqual([[], []]);
    await Promise.all(pages.map((page) => page.context().close()));
    pages = [];
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page with these plans; whatever it asks for but itself, and whatever it complains about, fails the test. */
  const open = async (
    plans: readonly Plan[],
    { releases, ...context }: BrowserContextOptions & { releases?: readonly PlanRelease[] } = {},
  ): Promise<Page> => {
    const file = join(folder, 'plan.html');
    writeFileSync(file, html(plans, { cwd: process.cwd(), errors: [], ...(releases && { releases }) }));
    const url = pathToFileURL(file).href;
    [asked, said] = [[], []];
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context })).newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (message) => said.push(message.text()));
    await page.route('**/*', (route) => {
      if (route.request().url() === url) return route.continue();
      asked.push(route.request().url());
      return route.abort();
    });
    await page.goto(url);
    pages.push(page);
    return page;
  };
  const optscale = () => plansOf(['fixtures/optscale']);
  const node = (page: Page, name: string) =>
    page.locator('.canvas .node').filter({ has: page.getByText(name, { exact: true }) });
  const chain = (page: Page) => page.locator('.node.on-chain .name').allTextContents();
  /** Whether an element is inside the part of the picture that is seen. */
  const isSeen = (page: Page, name: string) =>
    node(page, name).evaluate((element) => {
      const [own, all] = [element, element.closest('#scroller')!].map((one) => one.getBoundingClientRect());
      return own!.left >= all!.left && own!.right <= all!.right && own!.top >= all!.top && own!.bottom <= all!.bottom;
    });

  it('leads with the outcome, and marks the chain that stops the install', async () => {
    const page = await open(await optscale());
    expect(await page.locator('#verdict').textContent()).toBe(
      '✗ install hangs: hook 1 of 11, Job/auth-migrations, waits for Service/elk (created later)',
    );
    expect(await page.getByRole('heading', { name: 'optscale 1.2.0' }).isVisible()).toBe(true);
    expect(await page.locator('.lane-head h2').allTextContents()).toEqual(['1 pre-install hooks ', '2 resources ']);
    expect(await chain(page)).toEqual(['auth-migrations', 'elk']);
    expect(await page.locator('path.edge.chain').count()).toBe(1);
    expect(await page.locator('#details').isVisible()).toBe(false);
  });

  it('shows the chain of the finding that is clicked', async () => {
    const page = await open(await optscale());
    await page.getByRole('button', { name: /^Job\/risp-worker-migrations waits for Service\/elk/ }).click();
    expect(await chain(page)).toEqual(['risp-worker-migrations', 'elk']);
    expect(await Promise.all([isSeen(page, 'risp-worker-migrations'), isSeen(page, 'elk')])).toEqual([true, true]);
    const details = page.getByRole('region', { name: 'Details' });
    expect(await details.getByRole('heading', { level: 2 }).textContent()).toBe('hook-deadlock');
    expect(await details.textContent()).toContain(
      'init container wait-elk of Job/risp-worker-migrations waits for elk',
    );
    expect(await details.locator('code.marked').first().textContent()).toContain('until nc -z');
    await details.getByRole('button', { name: 'Close details' }).click();
    expect(await chain(page)).toEqual(['auth-migrations', 'elk']);
  });

  it('shows facts, needs and template lines of the resource that is clicked, and leads to what it needs', async () => {
    const page = await open(await optscale());
    await node(page, 'herald-migrations').click();
    const details = page.getByRole('region', { name: 'Details' });
    for (const text of [
      'Job/herald-migrations',
      'pre-install hooks, 4 of 11',
      'pre-install, pre-upgrade; weight 0',
      'before-hook-creation, hook-succeeded; 0 retries',
      'templates/herald.yaml:93',
      'waits for Service/mariadb:3306',
    ])
      expect(await details.textContent()).toContain(text);
    await details.getByRole('button', { name: 'Secret/mariadb-secret', exact: true }).click();
    expect(await details.getByRole('heading', { level: 2 }).textContent()).toBe('Secret/mariadb-secret');
    expect(await details.textContent()).toContain('Needed by');
  });

  it('finds a resource that is in a closed group, and draws it by itself', async () => {
    const page = await open(await optscale());
    expect(await node(page, 'katarascheduler').count()).toBe(0);
    await page.getByRole('searchbox').fill('deployment katarasch');
    expect(await page.locator('#list h2').textContent()).toBe('1 found');
    await page.getByRole('button', { name: 'Deployment/katarascheduler' }).click();
    expect(await node(page, 'katarascheduler').getAttribute('aria-pressed')).toBe('true');
    expect(await isSeen(page, 'katarascheduler')).toBe(true);
    await page.getByRole('searchbox').fill('no such thing');
    expect(await page.locator('#list').textContent()).toBe('Nothing found');
  });

  it('switches to the upgrade and back, and keeps what is selected', async () => {
    const page = await open(await optscale());
    await node(page, 'auth-migrations').click();
    await page.getByRole('radio', { name: 'upgrade' }).check();
    expect(await page.locator('#verdict').textContent()).toBe('✓ upgrade passes');
    expect(await page.locator('.lane-head h2').first().textContent()).toBe('1 pre-upgrade hooks ');
    expect(await page.getByRole('region', { name: 'Details' }).textContent()).toContain(
      'there since the last revision',
    );
    expect(await page.locator('#list').textContent()).toContain('No findings.');
    await page.getByRole('radio', { name: 'install' }).check();
    expect(await page.locator('#verdict').textContent()).toContain('install hangs');
  });

  it('opens groups, groups by template, and draws all edges', async () => {
    const page = await open(await optscale());
    const edges = await page.locator('path.edge').count();
    await page.getByRole('button', { name: '14 Deployments' }).click();
    expect(await node(page, 'katarascheduler').isVisible()).toBe(true);
    await page.getByLabel('All edges').check();
    expect(await page.locator('path.edge').count()).toBeGreaterThan(edges + 10);
    await page.getByLabel('Group by').selectOption('template');
    expect(await page.locator('.group-head').filter({ hasText: 'katara.yaml' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Expand all' }).click();
    expect(await page.locator('.canvas .node').count()).toBe(52);
    await page.getByRole('button', { name: 'Collapse all' }).click();
    expect(await page.locator('.canvas .node').count()).toBeLessThan(30);
  });

  it('is used with the keyboard alone', async () => {
    const page = await open(await optscale());
    const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""');
    await page.keyboard.press('/');
    await page.keyboard.type('service restapi');
    await page.keyboard.press('Enter');
    expect(await page.locator('.node.selected .name').textContent()).toBe('restapi');
    await page.keyboard.press('Escape');
    expect(await page.locator('#list').textContent()).toContain('hook-deadlock');
    // From the search to the list, down to the second finding, and back out of it.
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await chain(page)).toEqual(['diworker-migrations', 'elk']);
    expect(await focused()).toContain('Job/diworker-migrations');
    // Into the picture: from the hook to what it waits for, and down.
    while (!(await page.evaluate<boolean>('document.activeElement.classList.contains("node")')))
      await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toContain('Service');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.locator('.node.selected').count()).toBe(1);
    await page.keyboard.press('u');
    expect(await page.locator('#verdict').textContent()).toBe('✓ upgrade passes');
    const zoom = () => page.locator('.canvas').evaluate((canvas) => Number(canvas.style.getPropertyValue('zoom')));
    const before = await zoom();
    await page.keyboard.press('+');
    expect(await zoom()).toBeGreaterThan(before);
    await page.keyboard.press('0');
    expect(await zoom()).toBeLessThanOrEqual(1);
  });

  it('is light or dark as the system is, and switches', async () => {
    const page = await open(await optscale(), { colorScheme: 'dark' });
    const back = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const dark = await back();
    await page.getByRole('button', { name: 'Theme' }).click();
    const light = await back();
    expect([dark, light]).toEqual(['rgb(15, 19, 25)', 'rgb(244, 245, 247)']);
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('has no serious fault for axe: %s, %i pixels wide', async (colorScheme, width) => {
    const page = await open(await optscale(), {
      colorScheme,
      viewport: { width, height: 844 },
      // The checks of axe are put into the page, which its policy refuses.
      bypassCSP: true,
    });
    const faults = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]!.html}`);
    };
    expect(await faults()).toEqual([]);
    await page.getByRole('button', { name: /^Job\/herald-migrations waits for Service\/elk/ }).click();
    expect(await faults()).toEqual([]);
    await page.getByRole('button', { name: 'Close details' }).click();
    await page.getByRole('radio', { name: 'upgrade' }).check();
    await page.getByRole('button', { name: 'Expand all' }).click();
    await page.getByRole('searchbox').fill('mariadb');
    await page.keyboard.press('Enter');
    expect(await faults()).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('shows releases as lanes, and finds one by its name: %s', async (colorScheme) => {
    const { plans, releases } = await releasesIn('fixtures/gitops/helmfile');
    const page = await open(plans, { releases, colorScheme, bypassCSP: true });
    const lanes = page.getByRole('navigation', { name: 'Releases' });
    expect(await lanes.getByRole('heading', { level: 2 }).allTextContents()).toContain('Step 1');
    for (const { name } of releases) expect(await lanes.textContent()).toContain(name);
    const wanted = releases.findLast(({ state }) => state !== 'unknown' && state !== 'not-reached')!.name;
    await page.getByRole('searchbox').fill(`release ${wanted}`);
    const item = page
      .locator('#list')
      .getByRole('button', { name: `Release ${wanted}` })
      .first();
    await item.click();
    expect(await lanes.locator('[aria-current]').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining(wanted)]),
    );
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]!.html}`)).toEqual([]);
    await page.getByRole('searchbox').fill('release nosuch');
    expect(await page.locator('#list').textContent()).toBe('Nothing found');
  });

  it('shows what a chart calls itself as text', async () => {
    const page = await open([hostilePlan(), ...(await optscale())]);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('<script>"\'&amp;]]>');
    expect(await page.evaluate<number>('document.querySelectorAll("body script").length')).toBe(2);
    await page.locator('.canvas .node').first().click();
    expect(await page.getByRole('region', { name: 'Details' }).textContent()).toContain('\\u001b[2J');
    expect(await page.evaluate<string>('document.documentElement.innerText')).not.toMatch(/[\u001b\u202e]/);
    expect(evil).toContain('\u001b');
    await page.getByRole('combobox', { name: 'Chart' }).selectOption({ index: 1 });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('optscale 1.2.0');
  });

  it('runs no script but its own', async () => {
    const page = await open(await optscale());
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
    }`);
    expect(await page.title()).toBe('optscale · rollout');
    expect(said.splice(0).join()).toMatch(/Content Security Policy/);
  });

  it('stays usable with 1,000 resources', async () => {
    const page = await open(await plansOf([bigChart(1_000)]));
    expect(await page.locator('.canvas .node').count()).toBeLessThan(220);
    await page.getByRole('searchbox').fill('secret-139');
    await page.keyboard.press('Enter');
    expect(await isSeen(page, 'secret-139')).toBe(true);
    await page.getByRole('button', { name: 'Expand all' }).click();
    expect(await page.locator('.canvas .node').count()).toBeGreaterThanOrEqual(1_000);
    await page.getByRole('button', { name: 'Fit' }).click();
  });
});
