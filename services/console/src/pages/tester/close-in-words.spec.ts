import { closeInWords } from './close-in-words';
import { replyIdIn } from './use-socket';

it('tells the code, the reason, and whether to come back', () => {
  expect(closeInWords(1000, '')).toBe('Closed (1000).');
  expect(closeInWords(4500, 'enough')).toBe(
    'Closed by the gateway with 4500: enough. Clients should not connect again.',
  );
  expect(closeInWords(1001, 'gateway is shutting down')).toMatch(/1001: gateway is shutting down\. Connect again\.$/);
  expect(closeInWords(4711, '')).toBe('Closed by the gateway with 4711.');
  expect(closeInWords(1006, '')).toMatch(/^The connection was refused, or cut/);
});

it('finds the replyId in a greeting only', () => {
  expect(replyIdIn('{"type":"connected","replyId":"a.b","clientId":"a.b"}')).toBe('a.b');
  for (const other of ['{"type":"connected"}', 'null', '{', new ArrayBuffer(2)]) expect(replyIdIn(other)).toBeNull();
});
