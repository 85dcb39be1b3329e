/** What holds for every page: API keys, a proxy's path, both themes, phones, and people who do not see or point. */
import type { Page } from 'playwright-core';
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from '../running-system';
import { accessibilityFaults, ConsoleBrowser, DESKTOP, overflow, PHONE } from './browser';
import { type PrefixProxy, startPrefixProxy } from './prefix-proxy';

const KEY = '0123456789abcdef';
const READER = 'fedcba9876543210';

describe('the console, whoever looks and from wherever', () => {
  let running: RunningSystem;
  let browser: ConsoleBrowser;
  let proxy: PrefixProxy;
  let client: TestClient;

  beforeAll(async () => {
    const env = { REGISTRY_API_KEYS: `ops:admin:${KEY},eyes:read:${READER}` };
    [running, browser] = await Promise.all([
      RunningSystem.start({ gateways: 1, registries: 1 }, env),
      ConsoleBrowser.start(),
    ]);
    proxy = await startPrefixProxy('/ops/console', running.system.urls.registries[0]!);
    await running.connectMany(20, '/crowd');
    client = await running.connect('/room/1');
    client.send('{"temperature":21.5}');
  }, 120_000);
  afterAll(async () => {
    await browser.stop();
    await proxy.stop();
    await running.stop();
  }, 60_000);
  afterEach(async () => {
    await browser.closePages();
    expect(browser.faults.splice(0)).toEqual([]);
  });

  async function enterKey(page: Page, key: string): Promise<void> {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('API key or token').fill(key);
    await dialog.getByRole('button', { name: 'Use this key' }).click();
  }

  const open = async (place: string, key = KEY): Promise<Page> => {
    const page = await browser.open(proxy.url + place);
    await enterKey(page, key);
    return page;
  };

  it('asks for the API key, says when it is not good, and shows the clients when it is', async () => {
    const page = await open('', 'wrong-wrong-wrong');
    await page.getByText('The key that was given is not good').waitFor();
    await page.getByRole('dialog').getByText('API key').first().waitFor();
    await enterKey(page, KEY);
    await page.getByTestId('count').filter({ hasText: '21' }).waitFor();
    await page.getByRole('status', { name: /^Live/ }).waitFor();
    await page.reload();
    await page.getByTestId('count').filter({ hasText: '21' }).waitFor();
  }, 60_000);

  it('says what a key that may only read can’t do', async () => {
    const page = await open('#/system', READER);
    await page.getByText('Well', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Broadcast' }).click();
    await page.getByLabel('Message', { exact: true }).fill('to all');
    await page.getByRole('button', { name: 'Broadcast to all' }).click();
    await page.getByRole('button', { name: 'Send to 21 clients' }).click();
    await page.getByText('lacks the scope “send”').waitFor();
  }, 60_000);

  it('works below a proxy’s path, the tester and a send included', async () => {
    const page = await open(`#/clients/${client.replyId}`);
    await page.getByRole('region', { name: 'What is known' }).getByText('/room/1').waitFor();
    const form = page.getByRole('region', { name: 'Send a message' });
    await form.getByLabel('Message', { exact: true }).fill('through the proxy');
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText(/^Delivered/).waitFor();
    await page.getByRole('link', { name: 'Tester' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('button', { name: 'Send me a message via REST' }).click();
    await page.getByRole('log').getByText('Hello from REST').waitFor();
  }, 60_000);

  it('has no serious fault for axe, and fits a phone, on every page and in both themes', async () => {
    const page = await open('');
    const places = {
      Clients: '#/clients',
      Client: `#/clients/${client.replyId}`,
      Broadcast: '#/broadcast',
      System: '#/system',
      Tester: '#/tester',
    };
    const faults: string[] = [];
    for (const [title, place] of Object.entries(places)) {
      await page.setViewportSize(DESKTOP);
      await page.goto(proxy.url + place);
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      await settled(page);
      expect(await page.title()).toMatch(new RegExp(`^${title}\\b.* · WebSocket Client Manager$`));
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
        // The themes differ in their colours only.
        const rules = colorScheme === 'light' ? undefined : ['color-contrast', 'link-in-text-block'];
        faults.push(...(await accessibilityFaults(page, rules)).map((fault) => `${title}, ${colorScheme}: ${fault}`));
      }
      await page.setViewportSize(PHONE);
      // Charts take their new width a moment later.
      await eventually(async () => expect(await overflow(page)).toBeLessThanOrEqual(0), 5_000).catch(async () =>
        faults.push(`${title}: ${await overflow(page)} pixels wider than a phone`),
      );
    }
    expect(faults).toEqual([]);
  }, 120_000);

  /** Nothing is being loaded any more. */
  const settled = (page: Page) =>
    eventually(async () => expect(await page.locator('main .mantine-Loader-root').count()).toBe(0));
});
