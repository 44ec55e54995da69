-- The table macro that stands on a view: FROM exposed_to_internet().

-- What anybody on the internet can reach by the network, one row per resource and way in; certain is FALSE, and why says
-- why, where something that decides was not read.
CREATE MACRO exposed_to_internet() AS TABLE
    SELECT e.id, e.table_name, e.name, e.subscription_id, e.how, e.ports, e.sources, e.certain, e.why
    FROM internet_exposure AS e
    ORDER BY e.certain DESC, e.subscription_id, e.table_name, e.name, e.how, e.id;
