/** How pulls end, by what NATS says of them. */
import { startTestNats, type TestServer } from '@wscm/testing';
import { headers } from 'nats';
import { Bus } from './bus';
import { Puller } from './pull';

let nats: TestServer;
let bus: Bus;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await Bus.connect({ url: nats.url, name: 'test', maxMessageBytes: 1024 });
}, 120_000);

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

/** A pull of a consumer that has this answer to it. */
async function pullAnswered(code: number, description: string): Promise<string> {
  const consumer = { stream: 'S', name: 'c' };
  const puller = new Puller(bus, consumer, () => undefined);
  const subscription = bus.connection.subscribe('$JS.API.CONSUMER.MSG.NEXT.S.c', {
    callback: (_error, message) => message.respond('', { headers: headers(code, description) }),
  });
  const pulled = puller.pull(10, 20_000).then(
    () => 'ended',
    (error: unknown) => (error as Error).message,
  );
  try {
    return await pulled;
  } finally {
    subscription.unsubscribe();
    await puller.stop();
  }
}

test.each([
  [404, 'No Messages'],
  [408, 'Request Timeout'],
  [409, 'Message Size Exceeds MaxBytes'],
  [409, 'Batch Completed'],
])('%i %s: it is over', async (code, description) => {
  await expect(pullAnswered(code, description)).resolves.toBe('ended');
});

test.each(['Consumer Deleted', 'Leadership Change', 'Server Shutdown'])(
  '409 %s: it has failed',
  async (description) => {
    await expect(pullAnswered(409, description)).resolves.toMatch(`409 ${description}`);
  },
);
