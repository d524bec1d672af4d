-- What the provider itself said that the answer cost, in nano-USD; NULL: nothing.
ALTER TABLE request_log ADD COLUMN provider_cost_nanos INTEGER;

-- What a person should know of the bill.
ALTER TABLE request_log ADD COLUMN note TEXT;
