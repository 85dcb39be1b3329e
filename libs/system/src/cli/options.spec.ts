/** The command line. */
import { parseOptions } from './options';

test('without options there is one of each', () => {
  expect(parseOptions([])).toEqual({ kind: 'start', gateways: 1, registries: 1 });
});

test('how many of each can be said', () => {
  expect(parseOptions(['--gateways', '3', '--registries=2'])).toEqual({ kind: 'start', gateways: 3, registries: 2 });
});

test('help is help', () => {
  expect(parseOptions(['--help'])).toEqual({ kind: 'help' });
});

test.each([
  [['--gateways', '0'], '--gateways must be a number from 1 to 64, not "0".'],
  [['--gateways', '65'], '--gateways must be a number from 1 to 64, not "65".'],
  [['--registries', 'two'], '--registries must be a number from 1 to 64, not "two".'],
  [['--gateway', '2'], "Unknown option '--gateway'; --help shows the options."],
  [['3'], expect.stringMatching(/^Unexpected argument '3'.*; --help shows the options\.$/)],
  [['--gateways'], expect.stringMatching(/^Option '--gateways <value>' argument missing; --help/)],
])('%j is told in one line', (args, message: unknown) => {
  expect(parseOptions(args)).toEqual({ kind: 'bad', message });
});
