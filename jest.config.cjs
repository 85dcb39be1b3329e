module.exports = { projects: ['<rootDir>/libs/*', '<rootDir>/services/*'], testTimeout: 30_000 };
