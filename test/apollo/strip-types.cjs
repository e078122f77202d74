/** A Jest transformer for TypeScript that strips types with Node, as the gateway itself is run. */
const { stripTypeScriptTypes } = require('node:module');

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
