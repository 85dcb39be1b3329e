import { checkDraft, emptyDraft } from './draft';

it('a text is sent as it is, even an empty one', () => {
  expect(checkDraft({ ...emptyDraft, typed: ' ü ' })).toEqual({ message: { type: 'text', data: ' ü ' }, bytes: 4 });
  expect(checkDraft(emptyDraft)).toEqual({ message: { type: 'text', data: '' }, bytes: 0 });
});

it('JSON is checked, and sent as it was typed', () => {
  const typed = '{ "a":  1 }';
  expect(checkDraft({ ...emptyDraft, kind: 'json', typed })).toEqual({
    message: { type: 'text', data: typed },
    bytes: 11,
  });
  for (const bad of ['{', '', "{'a': 1}"])
    expect(checkDraft({ ...emptyDraft, kind: 'json', typed: bad })).toHaveProperty('fault');
});

it('bytes come from hex, or from a file in its place', () => {
  const hex = { ...emptyDraft, kind: 'binary', typed: '00ff' } as const;
  expect(checkDraft(hex)).toEqual({ message: { type: 'binary', data: new Uint8Array([0, 255]) }, bytes: 2 });
  expect(checkDraft({ ...hex, typed: 'no' })).toHaveProperty('fault');
  const file = { name: 'x', data: new Uint8Array([7]) };
  expect(checkDraft({ ...hex, typed: 'no', file })).toEqual({ message: { type: 'binary', data: file.data }, bytes: 1 });
});
