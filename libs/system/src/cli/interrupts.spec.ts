/** Ctrl-C once and twice. */
import { EventEmitter } from 'node:events';
import { listenForInterrupts } from './interrupts';

let now = 0;

beforeEach(() => jest.spyOn(performance, 'now').mockImplementation(() => now));

test('the first asks for an orderly end, a later one for a quick one', () => {
  const source = new EventEmitter();
  const { orderly, quick } = listenForInterrupts(source);
  source.emit('SIGTERM');
  expect([orderly.aborted, quick.aborted]).toEqual([true, false]);
  now += 1_000;
  source.emit('SIGINT');
  expect([orderly.aborted, quick.aborted]).toEqual([true, true]);
});

test('the same Ctrl-C, from the terminal and from npm, counts once', () => {
  const source = new EventEmitter();
  const { quick } = listenForInterrupts(source);
  source.emit('SIGINT');
  now += 20;
  source.emit('SIGINT');
  expect(quick.aborted).toBe(false);
});

test('signals are given back', () => {
  const source = new EventEmitter();
  listenForInterrupts(source).dispose();
  expect([source.listenerCount('SIGINT'), source.listenerCount('SIGTERM')]).toEqual([0, 0]);
});
