'use strict';
const { meshOf } = require('./jest.js');
exports.meshOf = meshOf;
