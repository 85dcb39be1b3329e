import { byteLength, fromBase64, fromHex, hexDump, prettyJson, sizeText } from './bytes';

it.each([
  ['48656c6c6f', [0x48, 0x65, 0x6c, 0x6c, 0x6f]],
  ['48 65\n6C', [0x48, 0x65, 0x6c]],
  ['0x48, 0x65', [0x48, 0x65]],
  ['ff:00-01', [0xff, 0, 1]],
  ['', []],
])('hex %j', (text, bytes) => {
  expect([...(fromHex(text) ?? [])]).toEqual(bytes);
});

it.each(['4', '4g', 'hello', '12 3'])('%j is no hex', (text) => {
  expect(fromHex(text)).toBeNull();
});

it('bytes are shown as hexdump does', () => {
  const bytes = new TextEncoder().encode('Hello, <b>world</b>\u0000');
  expect(hexDump(bytes)).toBe(
    '00000000  48 65 6c 6c 6f 2c 20 3c 62 3e 77 6f 72 6c 64 3c  Hello, <b>world<\n' +
      '00000010  2f 62 3e 00                                      /b>.',
  );
  expect([...fromBase64('AP8=')]).toEqual([0, 255]);
});

it('only objects and lists are put in lines', () => {
  expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  for (const text of ['21.5', '"a"', 'null', '{', 'hello', '']) expect(prettyJson(text)).toBeNull();
});

it('sizes', () => {
  expect([0, 1, 1023, 1536, 131_072, 1_572_864].map(sizeText)).toEqual([
    ...['0 bytes', '1 byte', '1023 bytes', '1.5 KiB', '128.0 KiB', '1.5 MiB'],
  ]);
  expect(byteLength('ü🦉')).toBe(6);
});
