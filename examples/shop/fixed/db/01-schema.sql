REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE TABLE products (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  price numeric(8, 2) NOT NULL CHECK (price >= 0)
);

CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  product integer NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done')),
  label text,
  placed_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO products (name, price) VALUES ('Tea', 4.50), ('Teapot', 24.00), ('Cup', 7.25);
