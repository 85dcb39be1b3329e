/** Tokens among subprotocols: found, and never shown. */
import { readSubprotocols } from './subprotocols';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';

test.each<[string | undefined, string | undefined, string[], string]>([
  [undefined, undefined, [], ''],
  ['', undefined, [], ''],
  ['chat', undefined, ['chat'], 'chat'],
  ['chat, superchat', undefined, ['chat', 'superchat'], 'chat'],
  [`wscm, wscm.jwt.${JWT}`, JWT, ['wscm'], 'wscm'],
  [`wscm.jwt.${JWT},chat`, JWT, ['chat'], 'chat'],
  [`wscm.jwt.${JWT}`, JWT, [], ''],
  [`bearer, ${JWT}`, JWT, ['bearer'], 'bearer'],
  ['Bearer,any-token', 'any-token', ['Bearer'], 'Bearer'],
  [`chat, bearer, ${JWT}`, JWT, ['chat', 'bearer'], 'chat'],
  [`bearer, ${JWT}, chat`, JWT, ['bearer', 'chat'], 'chat'],
  ['wscm.jwt.first, wscm.jwt.second, chat', 'first', ['chat'], 'chat'],
  ['wscm.jwt.first, bearer, second, chat', 'first', ['bearer', 'chat'], 'chat'],
  ['bearer', undefined, ['bearer'], 'bearer'],
  [`token, ${JWT}`, undefined, ['token'], 'token'],
  [JWT, undefined, [], ''],
])('%s', (header, token, offered, chosen) => {
  expect(readSubprotocols(header)).toEqual({ token, offered, chosen });
});
