'use strict';

// The worker touches its heartbeat after every round; half a minute without one is a hang.
const { statSync } = require('node:fs');

const age = Date.now() - statSync(process.env.HEARTBEAT_FILE || '/tmp/alive').mtimeMs;
process.exit(age < 30000 ? 0 : 1);
