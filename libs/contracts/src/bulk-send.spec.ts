/** How many sends travel in one command, and what may be asked. */
import {
  type BulkPart,
  bulkSendRequestSchema,
  decodeBulkSend,
  encodeBulkSend,
  MAX_BULK_TARGETS,
  splitBulkSend,
} from './bulk-send';

const part = (data: string | Buffer, ...socketIds: string[]): BulkPart => ({
  frame: { type: typeof data === 'string' ? 'text' : 'binary', data: Buffer.from(data) },
  socketIds,
});
const plain = (parts: BulkPart[]) =>
  parts.map(({ frame: { type, data }, socketIds }) => [type, Buffer.from(data).toString('latin1'), ...socketIds]);
const ids = (count: number) => Array.from({ length: count }, (_, i) => `socket-${String(i).padStart(14, '0')}`);

describe('a command', () => {
  const parts = [part('Grüße 😀', 'a', 'b', 'a'), part('', 'c'), part(Buffer.from([0, 255, 10]), 'b')];

  test('comes as it was made, bytes verbatim', () => {
    expect(plain(decodeBulkSend(encodeBulkSend(parts)))).toEqual(plain(parts));
  });

  test('that is none is refused', () => {
    const whole = encodeBulkSend(parts);
    for (const length of [0, 3, 4, 20, whole.length - 1])
      expect(() => decodeBulkSend(whole.subarray(0, length))).toThrow();
  });
});

describe('parts that are split', () => {
  const inOrder = (chunks: BulkPart[][]) =>
    chunks.flat().flatMap(({ frame, socketIds }) => socketIds.map((id) => [id, frame.data.length]));

  test('are none, where there is nothing', () => {
    expect(splitBulkSend([], 1_000)).toEqual([]);
  });

  test('stay together where there is room', () => {
    const parts = [part('x', ...ids(3)), part('y', 'z')];
    expect(splitBulkSend(parts, 1_000).map(plain)).toEqual([plain(parts)]);
  });

  test.each([
    ['many targets', [part('x'.repeat(100), ...ids(500))], 1_000],
    ['many messages', Array.from({ length: 300 }, (_, i) => part('x'.repeat(i), `socket-${i}`)), 2_000],
    ['messages as large as they may be', ids(3).map((id) => part('x'.repeat(5_000), id)), 5_000],
  ])('keep the order, and fit: %s', (_, parts, maxBytes) => {
    const chunks = splitBulkSend(parts, maxBytes);
    expect(chunks.length).toBeGreaterThan(1);
    expect(inOrder(chunks)).toEqual(inOrder([parts]));
    for (const chunk of chunks) {
      const alone = chunk.length === 1 && chunk[0]!.socketIds.length === 1;
      // NATS takes so much more: it is kept free for headers, of which this command has none.
      expect(encodeBulkSend(chunk).length).toBeLessThanOrEqual(maxBytes + (alone ? 100 : 0));
    }
  });
});

describe('a request', () => {
  const faultOf = (request: unknown) => bulkSendRequestSchema.safeParse(request).error?.message ?? '';

  test('is text unless it says otherwise', () => {
    const { messages } = bulkSendRequestSchema.parse({ messages: [{ to: ['a.b'], message: 'ü' }] });
    expect(messages).toEqual([{ to: ['a.b'], type: 'text', message: 'ü' }]);
  });

  test.each([
    ['nothing', {}, 'messages'],
    ['no message', { messages: [] }, 'messages'],
    ['no target', { messages: [{ to: [], message: 'x' }] }, 'to'],
    ['targets that are no list', { messages: [{ to: 'a.b', message: 'x' }] }, 'to'],
    ['a target without message', { messages: [{ to: ['a.b'] }] }, 'message'],
    ['what is not known', { messages: [{ to: ['a.b'], message: 'x', color: 'red' }] }, 'color'],
    ['half a character', { messages: [{ to: ['a.b'], message: '\ud800' }] }, 'not valid Unicode'],
    ['what is no base64', { messages: [{ to: ['a.b'], type: 'binary', message: 'no base64!' }] }, 'not base64'],
    [
      'too many targets',
      {
        messages: [
          { to: ids(MAX_BULK_TARGETS), message: 'x' },
          { to: ['a.b'], message: 'y' },
        ],
      },
      'more than 1000',
    ],
  ])('with %s is refused', (_, request, fault) => {
    expect(faultOf(request)).toContain(fault);
  });

  test('may have as many targets as it says', () => {
    expect(faultOf({ messages: [{ to: ids(MAX_BULK_TARGETS), message: 'x' }] })).toBe('');
  });
});
