'use strict';

const fs = require('node:fs');

const TAKE = `
  UPDATE orders SET state = 'done', label = $1 || id::text
  WHERE id = (SELECT id FROM orders WHERE state = 'new' ORDER BY placed_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING id`;
const HEARTBEAT = process.env.HEARTBEAT_FILE || '/tmp/alive';

const log = (level, event, fields = {}) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level, service: 'worker', event, ...fields }));

// Processes orders until none is left; returns how many there were.
async function drain(database) {
  for (let done = 0; ; done += 1) {
    const { rows } = await database.query(TAKE, ['label-']);
    if (rows.length === 0) return done;
    log('INFO', 'order processed', { order: rows[0].id });
  }
}

async function main() {
  const { Client } = require('pg');
  const passwordFile = process.env.DB_PASSWORD_FILE || '/run/secrets/db-worker-password';
  const database = new Client({
    host: process.env.DB_HOST || 'db',
    database: 'shop',
    user: 'shop_worker',
    password: fs.readFileSync(passwordFile, 'utf8').trim(),
    connectionTimeoutMillis: 5000,
    statement_timeout: 5000,
  });
  database.on('error', () => process.exit(1));
  await database.connect();
  log('INFO', 'started');

  // A silent worker is told from a dead one by this line.
  const heartbeat = setInterval(() => log('INFO', 'heartbeat', { interval: 60 }), 60000);
  let running = true;
  process.on('SIGTERM', () => {
    running = false;
  });
  while (running) {
    await drain(database);
    fs.writeFileSync(HEARTBEAT, '');
    await new Promise((wake) => setTimeout(wake, 500));
  }
  clearInterval(heartbeat);
  await database.end();
}

module.exports = { drain };

if (require.main === module) {
  main().catch((error) => {
    log('ERROR', 'failed', { code: error.code || error.name });
    process.exit(1);
  });
}
