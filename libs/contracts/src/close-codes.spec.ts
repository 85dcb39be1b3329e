/** The table of close codes keeps its promises. */
import { type CloseCode, closeCodes, isSendableCloseCode, MAX_CLOSE_REASON_BYTES } from './close-codes';

const table: [string, CloseCode][] = Object.entries(closeCodes);

test('each code has one meaning', () => {
  const codes = table.map(([, { code }]) => code);
  expect(new Set(codes).size).toBe(codes.length);
});

test.each(table)('%s can be sent with its reason', (_name, { code, reason }) => {
  expect(isSendableCloseCode(code)).toBe(true);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(MAX_CLOSE_REASON_BYTES);
  expect(reason).not.toBe('');
});

test.each(table)('%s says by its number whether to connect again', (_name, { code, reconnect }) => {
  const standard: Record<number, boolean> = { 1001: true, 1008: false, 1009: false, 1013: true };
  expect(reconnect).toBe(code < 4000 ? standard[code] : code < 4500);
});

test.each([1000, 1003, 1007, 1014, 3000, 4000, 4999])('%d may be sent', (code) => {
  expect(isSendableCloseCode(code)).toBe(true);
});

test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, -1, NaN, Infinity])('%d may not be sent', (code) => {
  expect(isSendableCloseCode(code)).toBe(false);
});
