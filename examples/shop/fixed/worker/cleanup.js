'use strict';

const fs = require('node:fs');
const { Client } = require('pg');

// Orders that are done are kept for thirty days.
async function main() {
  const database = new Client({
    host: process.env.DB_HOST || 'db',
    database: 'shop',
    user: 'shop_worker',
    password: fs.readFileSync(process.env.DB_PASSWORD_FILE, 'utf8').trim(),
    connectionTimeoutMillis: 5000,
    statement_timeout: 60000,
  });
  await database.connect();
  const { rowCount } = await database.query(
    "DELETE FROM orders WHERE state = 'done' AND placed_at < now() - interval '30 days'",
  );
  await database.end();
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'INFO', service: 'cleanup', event: 'cleaned', orders: rowCount }));
}

main().catch((error) => {
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'ERROR', service: 'cleanup', event: 'failed', code: error.code || error.name }));
  process.exit(1);
});
