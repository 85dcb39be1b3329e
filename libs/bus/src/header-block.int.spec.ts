/** Whether a NATS client reads from a block what was put into it. */
import { startTestNats, type TestServer } from '@wscm/testing';
import { connect, type Msg } from 'nats';
import { headerBlock } from './header-block';

let nats: TestServer;

beforeAll(async () => {
  nats = await startTestNats();
}, 120_000);

afterAll(() => nats.stop());

test('headers come as they were given', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const trace = { traceparent, tracestate: 'vendor=a:1,other=b' };
  const values = { 'ce-id': 'message-g.c-1', empty: '', 'With-Case': 'Grüße: 😀', colons: 'a:b: c', ...trace };
  const connection = await connect({ servers: nats.url });
  const received = new Promise<Msg>((resolve) => {
    connection.subscribe('here', { max: 1, callback: (_, message) => resolve(message) });
  });
  const { headers, size } = headerBlock(values);
  connection.publish('here', 'payload', { headers });
  const message = await received;
  expect(message.string()).toBe('payload');
  expect(Object.fromEntries((message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name)]))).toEqual(
    values,
  );
  expect(size).toBe(Buffer.from((headers as unknown as { encode: () => Uint8Array }).encode()).length);
  await connection.close();
});

test.each(['a\r\nb: c', 'a\nb', 'a\rb'])('a value that would begin a header of its own is refused: %j', (value) => {
  expect(() => headerBlock({ name: value })).toThrow('header name holds a line break');
});
