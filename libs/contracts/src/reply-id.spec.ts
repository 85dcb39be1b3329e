/** The public id of a client: nothing but an id gets through, and nobody guesses one. */
import {
  formatReplyId,
  gatewayNameIn,
  isGatewayName,
  MAX_REPLY_ID_LENGTH,
  newGatewayId,
  newSocketId,
  parseReplyId,
} from './reply-id';

test.each(['a', 'edge-1', '-', 'x'.repeat(24)])('the id of a gateway called %s tells its name, and fits', (name) => {
  expect(isGatewayName(name)).toBe(true);
  const gatewayId = newGatewayId(name);
  expect(gatewayNameIn(gatewayId)).toBe(name);
  const socketId = newSocketId();
  expect(parseReplyId(formatReplyId({ gatewayId, socketId }))).toEqual({ gatewayId, socketId });
});

test('the id of a gateway without a name tells none, whatever it is', () => {
  for (let times = 0; times < 1_000; times++) expect(gatewayNameIn(newGatewayId())).toBe('');
});

test.each(['', 'a.b', '*', '>', 'a b', 'ä', 'x'.repeat(25)])('%j is no name', (name) => {
  expect(isGatewayName(name)).toBe(false);
});

test('an id that was formatted is parsed into the same parts', () => {
  const parts = { gatewayId: 'a-Z_9', socketId: '_-0' };
  expect(formatReplyId(parts)).toBe('a-Z_9._-0');
  expect(parseReplyId('a-Z_9._-0')).toEqual(parts);
});

test.each([
  ['nothing', ''],
  ['a gateway alone', 'gateway'],
  ['an empty gateway', '.socket'],
  ['an empty socket', 'gateway.'],
  ['a further dot', 'gateway.socket.more'],
  ['two dots in a row', 'gateway..socket'],
  ['the wildcard of one token', 'gateway.*'],
  ['the wildcard of one token in place of the gateway', '*.socket'],
  ['the wildcard of all tokens', 'gateway.>'],
  ['a wildcard within', 'gateway.so*ket'],
  ['a blank', 'gateway.soc ket'],
  ['a blank around it', ' gateway.socket '],
  ['a tab', 'gateway.soc\tket'],
  ['a line break at the end', 'gateway.socket\n'],
  ['a line break within', 'gateway.soc\r\nket'],
  ['a null character', 'gateway.soc\0ket'],
  ['a letter beyond ASCII', 'gateway.söcket'],
  ['digits of another script', 'gateway.١٢٣'],
  ['a full-width letter', 'gateway.ｓocket'],
  ['a letter that combines', 'gateway.so\u0301cket'],
  ['a slash', 'gateway/socket'],
  ['a dollar, as NATS has it', '$JS.API'],
])('%s is no id', (_what, text) => {
  expect(parseReplyId(text)).toBeNull();
});

test('an id has at most 64 characters', () => {
  const longest = `g.${'s'.repeat(MAX_REPLY_ID_LENGTH - 2)}`;
  expect(longest).toHaveLength(64);
  expect(parseReplyId(longest)).toEqual({ gatewayId: 'g', socketId: 's'.repeat(62) });
  expect(parseReplyId(`${longest}s`)).toBeNull();
});

test('new ids are valid, fit together, and carry 96 and 128 bits', () => {
  const [gatewayId, socketId] = [newGatewayId(), newSocketId()];
  expect(Buffer.from(gatewayId, 'base64url')).toHaveLength(12);
  expect(Buffer.from(socketId, 'base64url')).toHaveLength(16);
  expect(gatewayId).toMatch(/^[\w-]+$/);
  const replyId = formatReplyId({ gatewayId, socketId });
  expect(replyId.length).toBeLessThanOrEqual(MAX_REPLY_ID_LENGTH);
  expect(parseReplyId(replyId)).toEqual({ gatewayId, socketId });
});

test('of many new ids no two are the same, and every bit varies', () => {
  const ids = Array.from({ length: 2_000 }, newSocketId);
  expect(new Set(ids).size).toBe(ids.length);
  const bytes = ids.map((id) => Buffer.from(id, 'base64url'));
  const sum = (at: number, bit: number) => bytes.filter((each) => ((each[at] ?? 0) >> bit) & 1).length;
  const share = Array.from({ length: 128 }, (_, index) => sum(index >> 3, index & 7) / ids.length);
  expect(Math.min(...share)).toBeGreaterThan(0.4);
  expect(Math.max(...share)).toBeLessThan(0.6);
});
