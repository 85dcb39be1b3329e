/** Broadcast, system and tester; and what the console says while parts of the system are away. */
import { eventually, startTestMongo, startTestNats, type TestServer } from '@wscm/testing';
import { RunningSystem } from '../running-system';
import { ConsoleBrowser, picture } from './browser';

const CROWD = 200;
/** What an operator may be left in the dark for. */
const SECONDS = { timeout: 15_000 };

describe('the console, while parts of the system come and go', () => {
  let nats: TestServer;
  let mongo: TestServer;
  let running: RunningSystem;
  let browser: ConsoleBrowser;
  let url: string;

  beforeAll(async () => {
    [nats, mongo] = await Promise.all([startTestNats(), startTestMongo()]);
    const env = { LEASE_TTL_MS: '3000', NATS_URL: nats.url, MONGODB_URL: mongo.url };
    [running, browser] = await Promise.all([
      RunningSystem.start({ gateways: 2, registries: 2 }, env),
      ConsoleBrowser.start(),
    ]);
    url = `${running.system.urls.registries[0]}/`;
    await running.connectMany(CROWD);
    await eventually(async () => expect(await running.count()).toBe(CROWD), 30_000);
  }, 120_000);
  afterAll(async () => {
    await browser.stop();
    await running.stop();
    await Promise.all([nats.stop(), mongo.stop()]);
  }, 60_000);
  afterEach(async () => {
    await browser.closePages();
    expect(browser.faults.splice(0)).toEqual([]);
  });

  async function whileAway(server: TestServer, look: () => Promise<void>): Promise<void> {
    await server.kill();
    await look().finally(() => server.start());
  }

  it('a newcomer sees the whole loop in the tester', async () => {
    const page = await browser.open(`${url}#/tester`);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    const replyId = (await page
      .getByRole('region', { name: 'This client', exact: true })
      .locator('code')
      .textContent())!;
    const log = page.getByRole('log');
    await log.getByText('"type":"connected"').waitFor();
    await page.getByRole('button', { name: 'Send me a message via REST' }).click();
    await log.getByText('Hello from REST').waitFor();
    await page.getByLabel('Message', { exact: true }).fill('hi, I am new');
    await page.getByRole('button', { name: 'Say' }).click();
    await eventually(async () => {
      const { body } = await running.rest<object>('GET', `/v1/clients/${replyId}`);
      expect(body).toMatchObject({ path: '/tester', lastMessageFromClient: { message: 'hi, I am new' } });
    });
    await running.rest('DELETE', `/v1/clients/${replyId}?code=4500&reason=enough`);
    await log.getByText('4500: enough').waitFor();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('region', { name: 'This client', exact: true }).waitFor();
    await page.close();
    await eventually(async () => expect(await running.count()).toBe(CROWD));
  }, 60_000);

  it('a broadcast asks first, with the number it reaches, and tells of each gateway', async () => {
    const page = await browser.open(`${url}#/broadcast`);
    await page.getByLabel('Message', { exact: true }).fill('to all');
    await page.getByRole('button', { name: 'Broadcast to all' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Broadcast to all' }).click();
    await page.getByRole('button', { name: `Send to ${CROWD} clients` }).click();
    await page.getByText(`Delivered to ${CROWD} clients`).waitFor();
    for (const { gatewayId, connections } of await running.gateways())
      await page.getByRole('row', { name: `${gatewayId} ${connections}` }).waitFor();
  }, 60_000);

  it('says that NATS is away, and goes on by itself', async () => {
    const page = await browser.open(`${url}#/system`);
    await page.getByText('Every event is stored').waitFor();
    await whileAway(nats, async () => {
      await page.getByText('NATS is away').first().waitFor(SECONDS);
      await page.getByText('NATS: away').first().waitFor(SECONDS);
    });
    await page
      .getByText('NATS is away')
      .first()
      .waitFor({ state: 'detached', ...SECONDS });
    await page.getByText('Every event is stored').waitFor(SECONDS);
  }, 90_000);

  it('says that MongoDB is away, and goes on by itself', async () => {
    const page = await browser.open(`${url}#/clients`);
    await page
      .getByTestId('count')
      .filter({ hasText: String(CROWD) })
      .waitFor();
    const fresh = await browser.open('about:blank');
    await whileAway(mongo, async () => {
      await page.getByText('MongoDB is away').first().waitFor(SECONDS);
      await fresh.goto(`${url}#/clients`);
      const main = fresh.getByRole('main');
      const retry = fresh.getByRole('button', { name: 'Try again now' });
      await main.getByRole('alert').filter({ has: retry }).getByText('MongoDB is away').waitFor(SECONDS);
      await main.getByRole('status', { name: 'Reading who is connected' }).waitFor({ state: 'detached' });
      await picture(fresh, 'mongodb-away');
      await page.getByRole('link', { name: 'System' }).click();
      await page.getByText('MongoDB: away').first().waitFor(SECONDS);
    });
    await page
      .getByText('MongoDB is away')
      .first()
      .waitFor({ state: 'detached', ...SECONDS });
    await fresh
      .getByTestId('count')
      .filter({ hasText: String(CROWD) })
      .waitFor(SECONDS);
    await fresh.close();
    await page.getByText('Well', { exact: true }).first().waitFor(SECONDS);
  }, 90_000);

  it('tells within seconds that a gateway and a registry were killed', async () => {
    const page = await browser.open(`${url}#/system`);
    const gateways = page.getByRole('region', { name: 'Gateways' }).getByRole('table');
    await eventually(async () => expect(await gateways.getByText('Well', { exact: true }).count()).toBe(2));
    await running.replica('gateway-2').kill();
    await gateways.getByText(/^(Silent|Lost|Gone)$/).waitFor(SECONDS);
    await gateways.getByText(/^(Lost|Gone)$/).waitFor({ timeout: 20_000 });
    await running.replica('registry-2').kill();
    const registries = page.getByRole('region', { name: 'Registries' }).getByRole('table');
    await registries.getByText('Gone', { exact: true }).waitFor(SECONDS);
  }, 60_000);
});
