-- What a settlement system on PostgreSQL would have at its heart: two balances for each account,
-- and one transaction that delivers securities against payment. No matching, no signature, no
-- second side's consent, no rule of the market: a peer that does less than Tally, and nothing
-- unsafe.
--
-- accounts is set by the caller (psql -v accounts=100000).

CREATE TABLE securities (account int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))
    WITH (fillfactor = 70);
CREATE TABLE cash (account int PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))
    WITH (fillfactor = 70);

-- The reference makes a repeated instruction fail, as it must.
CREATE TABLE settled (
    reference bytea PRIMARY KEY,
    deliverer int NOT NULL,
    receiver int NOT NULL,
    quantity bigint NOT NULL,
    amount bigint NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT now());

INSERT INTO securities SELECT account, 1000000000 FROM generate_series(1, :accounts) account;
INSERT INTO cash SELECT account, 1000000000 FROM generate_series(1, :accounts) account;

CREATE FUNCTION reference_draw() RETURNS bytea LANGUAGE sql VOLATILE AS
    $$ SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) $$;

-- One delivery against payment. Rows are locked by updating them, always securities before cash and
-- the lower account first, so that no two can wait for each other. A balance that would fall below
-- zero breaks its CHECK, which undoes the whole.
CREATE FUNCTION settle_one(deliverer int, receiver int, quantity bigint, amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first int := least(deliverer, receiver);
    second int := greatest(deliverer, receiver);
    sign bigint := CASE WHEN deliverer < receiver THEN 1 ELSE -1 END;
BEGIN
    UPDATE securities SET balance = balance - sign * quantity WHERE account = first;
    UPDATE securities SET balance = balance + sign * quantity WHERE account = second;
    UPDATE cash SET balance = balance + sign * amount WHERE account = first;
    UPDATE cash SET balance = balance - sign * amount WHERE account = second;
    INSERT INTO settled VALUES (reference_draw(), deliverer, receiver, quantity, amount);
END $$;

-- As many in one transaction as a file would bring, by sets: what each account gains and loses is
-- summed and applied once. Balances are locked in the order of accounts. All settle or none.
CREATE FUNCTION settle_many(trades int, accounts int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS file
        (deliverer int, receiver int, quantity bigint, amount bigint) ON COMMIT DELETE ROWS;
    INSERT INTO file
        SELECT d, 1 + (d + floor(random() * (accounts - 1))::int) % accounts,
               1 + floor(random() * 10)::bigint, 1 + floor(random() * 1000)::bigint
        FROM (SELECT 1 + floor(random() * accounts)::int d FROM generate_series(1, trades)) drawn;
    PERFORM FROM securities WHERE account IN
        (SELECT deliverer FROM file UNION SELECT receiver FROM file) ORDER BY account FOR UPDATE;
    PERFORM FROM cash WHERE account IN
        (SELECT deliverer FROM file UNION SELECT receiver FROM file) ORDER BY account FOR UPDATE;
    UPDATE securities s SET balance = s.balance + net.change FROM
        (SELECT account, sum(change) change FROM
            (SELECT deliverer account, -quantity change FROM file
             UNION ALL SELECT receiver, quantity FROM file) moves GROUP BY account) net
        WHERE s.account = net.account;
    UPDATE cash c SET balance = c.balance + net.change FROM
        (SELECT account, sum(change) change FROM
            (SELECT receiver account, -amount change FROM file
             UNION ALL SELECT deliverer, amount FROM file) moves GROUP BY account) net
        WHERE c.account = net.account;
    INSERT INTO settled SELECT reference_draw(), deliverer, receiver, quantity, amount FROM file;
END $$;
