'use strict';
const { extend, meshOf } = require('./testing.js');
// without `injectGlobals`, jest offers its `expect` only here
extend(typeof expect === 'undefined' ? require('@jest/globals').expect : expect);
exports.meshOf = meshOf;
