import fc from 'fast-check';
import { type InLine, type Line, Lines } from './lines';

class Entry implements InLine<Entry> {
  state: InLine<Entry>['state'] = 'waiting';
  next: Entry | undefined;

  constructor(
    readonly line: Line<Entry>,
    readonly place: number,
  ) {}
}

let width: number;
let lines: Lines<Entry>;
let places: number;

beforeEach(() => {
  width = 200;
  places = 0;
  lines = new Lines<Entry>(() => width);
});

const add = (about: string): void => lines.add(new Entry(lines.of(about), places++));
const addAll = (...abouts: string[]): void => abouts.forEach(add);

function takeAll(): Entry[] {
  const taken: Entry[] = [];
  for (let entry = lines.next(); entry; entry = lines.next()) taken.push(entry);
  return taken;
}

const abouts = (entries: readonly Entry[]): string => entries.map(({ line }) => line.about).join('');

it('gives each line its turn', () => {
  addAll('a', 'a', 'a', 'b', 'c');
  expect(abouts(takeAll())).toBe('abcaa');
});

it('has no more of a line under way than may be, and goes on when one is done', () => {
  width = 2;
  addAll('a', 'a', 'a', 'a', 'b');
  const [first, ...others] = takeAll();
  expect(abouts([first!, ...others])).toBe('aba');
  expect(takeAll()).toEqual([]);
  lines.remove(first!);
  expect(abouts(takeAll())).toBe('a');
});

it('holds lines back that were ready when more of them might be under way', () => {
  addAll('a', 'a', 'a');
  const first = lines.next()!;
  width = 1;
  expect(lines.next()).toBeUndefined();
  lines.remove(first);
  expect(lines.next()?.place).toBe(1);
});

/** One step: an event is added, one is taken, or one that is under way is dealt with or put back. */
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), about: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constantFrom('remove' as const, 'putBack' as const), which: fc.nat() }),
);

it('with one of a line under way at a time, hands each out in the order of its line, and in the end all, whatever is put back', () => {
  const run = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    places = 0;
    width = 1;
    lines = new Lines<Entry>(() => width);
    const underWay: Entry[] = [];
    const done: Entry[] = [];
    const take = (): Entry | undefined => {
      const entry = lines.next();
      if (entry) underWay.push(entry);
      return entry;
    };
    const end = (entry: Entry): void => {
      lines.remove(entry);
      done.push(entry);
    };
    for (const each of steps) {
      if (each.do === 'add') add(each.about);
      else if (each.do === 'take') take();
      else if (underWay.length > 0) {
        const [entry] = underWay.splice(each.which % underWay.length, 1);
        if (each.do === 'remove') end(entry!);
        else lines.putBack(entry!);
      }
    }
    while (underWay.length > 0 || take()) end(underWay.shift()!);
    expect(done).toHaveLength(places);
    for (const about of ['a', 'b', 'c']) {
      const ofLine = done.filter(({ line }) => line.about === about).map(({ place }) => place);
      expect(ofLine).toEqual([...ofLine].sort((one, other) => one - other));
    }
  });
  fc.assert(run);
});
