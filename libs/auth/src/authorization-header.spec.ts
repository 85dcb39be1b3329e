/** What is read from an Authorization header, and what is not. */
import { basicCredentialsOf, bearerTokenOf } from './authorization-header';

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

test.each<[string, string, object | undefined]>([
  ['a user and a password', basic('ann:secret'), { user: 'ann', password: 'secret' }],
  ['a password with colons', basic('ann:a:b:'), { user: 'ann', password: 'a:b:' }],
  ['an empty password', basic('ann:'), { user: 'ann', password: '' }],
  ['UTF-8', basic('jörg:pässwörd €'), { user: 'jörg', password: 'pässwörd €' }],
  ['a scheme in other letters', basic('a:b').replace('Basic', 'bAsIc'), { user: 'a', password: 'b' }],
  ['no user', basic(':secret'), undefined],
  ['no colon', basic('ann'), undefined],
  ['a zero byte', basic('ann:sec\0ret'), undefined],
  ['a line end', basic('ann:x\r\ny'), undefined],
  ['what is no base64', 'Basic a:b', undefined],
  ['two of them', `${basic('a:b')}, ${basic('c:d')}`, undefined],
  ['another scheme', 'Bearer YTpi', undefined],
  ['nothing', '', undefined],
])('Basic with %s', (_, header, expected) => {
  expect(basicCredentialsOf(header)).toEqual(expected);
});

test.each<[string, string | undefined]>([
  ['Bearer a.b-c_d.e', 'a.b-c_d.e'],
  ['bearer  x==', 'x=='],
  ['Bearer', undefined],
  ['Bearer a b', undefined],
  ['Bearer a,b', undefined],
  ['Basic YTpi', undefined],
  ['xBearer a', undefined],
  ['', undefined],
])('%j bears the token %s', (header, expected) => {
  expect(bearerTokenOf(header)).toBe(expected);
});
