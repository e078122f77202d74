/** Jest's transformer for TypeScript: Node's own stripping of types, as the gateway itself is run. */
const { stripTypeScriptTypes } = require('node:module');

module.exports = { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
