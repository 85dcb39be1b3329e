import { readView, writeView } from './view';

it('the address names what is not as usual, and gives it back', () => {
  const view = { filters: { path: '/room/1', user: 'ann & bob' }, search: 'ü', sort: 'path' };
  expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
  expect(writeView({ filters: {}, search: '', sort: '-connectedAt' }).toString()).toBe('');
  expect(readView(new URLSearchParams('path=&color=red'))).toEqual({ filters: {}, search: '', sort: '-connectedAt' });
});
