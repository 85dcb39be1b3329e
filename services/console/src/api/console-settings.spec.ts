import { gatewayUrl } from './console-settings';

it.each([
  [null, 'http://127.0.0.1:3000/', 'ws://127.0.0.1:8080/'],
  [null, 'https://ops.example.com/console/', 'wss://ops.example.com:8080/'],
  ['ws://127.0.0.1:40001', 'http://127.0.0.1:3000/', 'ws://127.0.0.1:40001/'],
  ['ws://127.0.0.1:40001', 'http://10.0.0.7:3000/', 'ws://10.0.0.7:40001/'],
  ['wss://ws.example.com/live', 'https://ops.example.com/', 'wss://ws.example.com/live'],
])('the registry says %j to %s: %s', (told, page, url) => {
  expect(gatewayUrl(told, new URL(page))).toBe(url);
});
