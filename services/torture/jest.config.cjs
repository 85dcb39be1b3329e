module.exports = require('../../jest.preset.cjs')('torture');
