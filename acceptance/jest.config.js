const { jest } = require('../package.json');

/** As the project's own tests, but with minutes for each. Whatever is left after the last test is ended by run.ts. */
module.exports = {
  rootDir: '..',
  testMatch: ['<rootDir>/acceptance/**/*.test.ts'],
  moduleNameMapper: jest.moduleNameMapper,
  transform: jest.transform,
  testTimeout: 300_000,
  verbose: true,
};
