const { readdirSync, existsSync } = require('node:fs');
const { join } = require('node:path');

const projects = ['libs', 'services'].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
const tested = projects.filter((project) => existsSync(join(project, 'jest.config.cjs')));

// Most tests wait for servers most of the time, so each core takes a file.
module.exports = {
  projects: tested.map((project) => `<rootDir>/${project}`),
  testTimeout: 30_000,
  maxWorkers: '100%',
  testSequencer: '<rootDir>/tools/test-order.cjs',
};
