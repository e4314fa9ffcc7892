const { Client } = require('pg');
const _ = require('lodash');
const { exec } = require('child_process');

const client = new Client({
  host: process.env.DB_HOST || 'db',
  user: 'postgres',
  password: process.env.DB_PASSWORD || 'Winter2024!',
  database: 'shop',
});

async function tick() {
  const res = await client.query("SELECT * FROM orders WHERE state = 'new' ORDER BY id");
  for (const order of res.rows) {
    console.log('processing', JSON.stringify(order));
    exec(`echo "order ${order.id} for ${order.email}" >> /tmp/labels.txt`);
    const stamp = _.template('done-<%= id %>')({ id: order.id });
    await client.query(`UPDATE orders SET state = 'done', label = '${stamp}' WHERE id = ${order.id}`);
  }
}

client.connect()
  .then(() => setInterval(() => tick().catch(() => {}), 1000))
  .catch((e) => {
    console.log('cannot connect with', client.connectionParameters, e.message);
    process.exit(1);
  });
