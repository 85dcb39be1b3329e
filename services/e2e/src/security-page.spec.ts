/** What docs/security.md tells people to set: all of it is there to be set. */
import { documentedSettings, textOf } from './documented-settings';

/** Node's own, and those of the Compose files and of scripts. */
const OTHERS = ['NODE_EXTRA_CA_CERTS', 'NATS_AS'];
/** Names of more than one word, or of three letters or more before an equals sign: the others are acronyms. */
const SETTING = /\b(?:[A-Z]+_[A-Z_]+\b|[A-Z]{3,}(?==))/g;

test('every setting that the page names is in the table of the README', () => {
  const known = new Set([...(['gateway', 'registry', 'both'] as const).flatMap(documentedSettings), ...OTHERS]);
  const text = textOf('docs/security.md').replaceAll(/\bWSCM_EVENTS\b|\b_INBOX\w*/g, '');
  const named = [...new Set(text.match(SETTING))];
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')))).toEqual([]);
});
