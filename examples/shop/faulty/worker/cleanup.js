const { Client } = require('pg');

const client = new Client({
  host: process.env.DB_HOST || 'db',
  user: 'postgres',
  password: process.env.DB_PASSWORD || 'Winter2024!',
  database: 'shop',
});

client.connect()
  .then(() => client.query("DELETE FROM orders WHERE state = 'done'"))
  .then(() => client.end());
