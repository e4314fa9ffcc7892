CREATE TABLE IF NOT EXISTS products (id serial PRIMARY KEY, name text, price numeric(8,2));
CREATE TABLE IF NOT EXISTS orders (
  id serial PRIMARY KEY,
  product int,
  quantity int,
  email text,
  card text,
  state text DEFAULT 'new',
  label text
);
INSERT INTO products (name, price) VALUES ('Tea', 4.50), ('Teapot', 24.00), ('Cup', 7.25);
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;
