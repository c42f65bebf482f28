'use strict';
const { extend, ...assertions } = require('./testing.js');
0 && (module.exports = { assertAllows, assertBalances, assertDenies, assertMeets, assertNoFindings, meshOf, meshSerializer });
module.exports = assertions;
