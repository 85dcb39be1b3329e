/** The console with a thousand clients: who is there, and one of them. */
import { readFile } from 'node:fs/promises';
import { MongoClient } from 'mongodb';
import type { Page } from 'playwright-core';
import { eventually, type TestClient } from '@wscm/testing';
import { RunningSystem } from '../running-system';
import { ConsoleBrowser, picture } from './browser';

const CROWD = 1_000;
const PLANTS = 9;
/** Of an event: the list itself is read again some seconds later, ten at least. */
const LIVE = { timeout: 8_000 };
const ROOM = '/room/7?device=42';

describe('the console, a thousand clients', () => {
  let running: RunningSystem;
  let browser: ConsoleBrowser;
  let url: string;
  let client: TestClient;

  beforeAll(async () => {
    [running, browser] = await Promise.all([
      RunningSystem.start({ gateways: 2, registries: 1 }),
      ConsoleBrowser.start({ acceptDownloads: true }),
    ]);
    url = `${running.system.urls.registries[0]}/`;
    await browser.grant(['clipboard-read', 'clipboard-write'], url);
    for (let plant = 1; plant <= PLANTS; plant++) {
      const sensors = await running.connectMany((CROWD - 1) / PLANTS, `/plant/${plant}?kind=sensor`);
      for (const [number, sensor] of sensors.entries()) sensor.send(`{"temperature":${18 + (number % 7)},"unit":"°C"}`);
    }
    client = await running.connect(ROOM);
    await eventually(async () => expect(await running.count()).toBe(CROWD), 30_000);
  }, 120_000);
  afterAll(async () => {
    await browser.stop();
    await running.stop();
  }, 60_000);
  afterEach(async () => {
    await browser.closePages();
    expect(browser.faults.splice(0)).toEqual([]);
  });

  const count = (page: Page, expected: string, within = {}) =>
    page.getByTestId('count').filter({ hasText: expected }).waitFor(within);
  const rows = (page: Page) => page.getByRole('row');
  const said = (page: Page, area: string) => page.getByRole('region', { name: area });

  it('lists them live: who comes, who goes, and how many', async () => {
    const page = await browser.open(url);
    await count(page, '1,000');
    await page.getByText('°C').first().waitFor();
    await picture(page, 'clients');
    const newcomer = await running.connect('/newcomer');
    await count(page, '1,001', LIVE);
    await page.getByRole('row', { name: '/newcomer' }).waitFor(LIVE);
    await newcomer.close();
    await count(page, '1,000', LIVE);
    await page.getByRole('row', { name: '/newcomer' }).waitFor({ state: 'detached', ...LIVE });
    expect(await rows(page).count()).toBeLessThan(60);
  }, 60_000);

  it('searches, filters and sorts, and a link shows the same', async () => {
    const page = await browser.open(url);
    await count(page, '1,000');
    await page.getByLabel('Search').fill(client.replyId);
    await page.getByText('1 found').waitFor();
    await page.getByLabel('Clear the search').click();
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Path').last().fill('/room/7');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await count(page, '1');
    await page.getByRole('columnheader', { name: 'Path' }).getByRole('button').click();
    await eventually(() => expect(page.url()).toMatch(/path=%2Froom%2F7.*sort=-?path/));
    const link = page.url();
    await page.close();

    const other = await browser.open(link);
    await count(other, '1');
    await other.getByText('Path is /room/7').waitFor();
    expect(await other.getByRole('columnheader', { name: 'Path' }).getAttribute('aria-sort')).not.toBe('none');
    await other.getByRole('button', { name: 'Columns' }).click();
    await other.getByRole('checkbox', { name: 'Path' }).click();
    await other.getByRole('columnheader', { name: 'Path' }).waitFor({ state: 'detached' });
  }, 60_000);

  it('gives the list away as JSON and CSV', async () => {
    const page = await browser.open(url);
    await count(page, '1,000');
    const choose = async (item: string) => {
      await page.getByRole('button', { name: 'List connected clients' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await choose('Copy as JSON');
    await page.getByText('1,000 clients copied').waitFor();
    const copied = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()')) as { replyId: string }[];
    expect(copied).toHaveLength(CROWD);
    const downloading = page.waitForEvent('download');
    await choose('Download as CSV');
    const csv = await readFile(await (await downloading).path(), 'utf8');
    expect(csv.trim().split('\n')).toHaveLength(CROWD + 1);
    expect(csv).toContain(client.replyId);
  }, 60_000);

  it('shows a client, its last messages and its traffic, and takes nothing it says as HTML', async () => {
    const html = '<img src=x onerror="document.title=`taken`"><b>bold</b>';
    client.send(html);
    const page = await browser.open(`${url}#/clients?path=/room/7`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('row', { name: '<img src=x onerror=' }).getByRole('link').click();
    const last = said(page, 'Last message from it');
    await last.getByText('<img src=x onerror=').waitFor();
    await page.getByRole('region', { name: 'What is known' }).getByText('/room/7').waitFor();
    await page.getByLabel('Live: ').first().waitFor();
    client.send(html);
    const traffic = page.getByLabel('Live traffic');
    await traffic.getByText('<img src=x onerror=').waitFor();
    client.send('{"temperature":21.5}');
    await last.getByText('"temperature": 21.5').waitFor();
    await traffic.getByText('temperature').first().waitFor();
    await running.send(client.replyId, '{"report":"hourly"}');
    await said(page, 'Last message to it').getByText('"report": "hourly"').waitFor();
    await picture(page, 'client-dark');
    client.send(new Uint8Array([0, 255, 16]));
    await last.getByText('00 ff 10').waitFor();
    expect(await page.title()).toBe(`Client ${client.replyId} · WebSocket Client Manager`);
  }, 60_000);

  it('sends text, JSON and bytes to it, disconnects it, and says what came of it', async () => {
    const page = await browser.open(`${url}#/clients/${client.replyId}`);
    const form = said(page, 'Send a message');
    const send = async (kind: string, label: string, typed: string) => {
      await form.getByText(kind, { exact: true }).click();
      await form.getByLabel(label, { exact: true }).fill(typed);
      await form.getByRole('button', { name: 'Send' }).click();
      await form.getByText(/^Delivered/).waitFor();
    };
    const before = client.received.length;
    await send('Text', 'Message', 'hello');
    await send('JSON', 'Message', '{"a": 1}');
    await send('Binary', 'Message in hex', '00 ff');
    const received = await client.untilReceived(before + 3);
    expect(received.slice(before).map(({ type, data }) => [type, data.toString('latin1')])).toEqual([
      ['text', 'hello'],
      ['text', '{"a": 1}'],
      ['binary', '\u0000\u00ff'],
    ]);

    await page.getByRole('button', { name: 'Disconnect' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('enough');
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('This client is no longer connected').waitFor();
    expect(await client.untilClosed()).toEqual({ code: 4500, reason: 'enough' });
    await form.getByText('Text', { exact: true }).click();
    await form.getByLabel('Message', { exact: true }).fill('too late');
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText('The client has left').waitFor();
  }, 60_000);

  it('says of a client that nobody knows that there is none, and to a send, too', async () => {
    const page = await browser.open(`${url}#/clients/nobody.atall`);
    await page.getByText('This client is not connected').waitFor();
    expect(await page.title()).toContain('nobody.atall');
    await page.close();

    const mongo = await MongoClient.connect(running.system.urls.mongodb);
    const clients = mongo.db().collection<{ _id: string; replyId: string }>('clients');
    const real = await clients.findOne({ path: '/plant/1' });
    const madeUp = (text: string) => `${text.slice(0, -6)}madeup`;
    const [_id, replyId] = [madeUp(real!._id), madeUp(real!.replyId)];
    await clients.insertOne({ ...real, _id, replyId });
    const open = await browser.open(`${url}#/clients/${replyId}`);
    const form = said(open, 'Send a message');
    await form.getByLabel('Message', { exact: true }).fill('is anybody there?');
    await clients.deleteOne({ _id });
    await mongo.close();
    await form.getByRole('button', { name: 'Send' }).click();
    await form.getByText('Nobody knows this client').waitFor();
    await form.getByText('Nothing was sent').waitFor();
  }, 60_000);

  it('is used by keyboard alone', async () => {
    const page = await browser.open(`${url}#/clients`);
    const there = (await running.count()).toLocaleString('en');
    await count(page, there);
    const focused = () => page.evaluate<string>('document.activeElement?.textContent ?? ""');
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        if ((await focused()).trim() === text) return;
      }
      throw new Error(`Tab never came to ${text}`);
    };
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    await tabTo('Broadcast');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Broadcast' }).waitFor();
    await page.getByLabel('Message', { exact: true }).focus();
    await page.keyboard.type('typed');
    await tabTo('Broadcast to all');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText(`${there} clients`).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }, 60_000);
});
