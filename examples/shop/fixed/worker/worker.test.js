'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { drain } = require('./worker.js');

test('every new order is taken once, its values never in the text of the statement', async () => {
  const waiting = ["1'; DROP TABLE orders; --", '2'];
  const seen = [];
  const database = {
    query: async (sql, values) => {
      seen.push(sql);
      assert.deepStrictEqual(values, ['label-']);
      return { rows: waiting.splice(0, 1).map((id) => ({ id })) };
    },
  };
  assert.strictEqual(await drain(database), 2);
  assert.strictEqual(new Set(seen).size, 1);
});
