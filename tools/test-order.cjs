// The longest test file begins first: it mostly waits, so all the others pass meanwhile on the remaining core.
const Sequencer = require('@jest/test-sequencer').default;

const LONGEST = 'torture.spec.ts';

module.exports = class TestOrder extends Sequencer {
  sort(tests) {
    const longest = ({ path }) => path.endsWith(LONGEST);
    const sorted = super.sort(tests);
    return [...sorted.filter(longest), ...sorted.filter((test) => !longest(test))];
  }
};
