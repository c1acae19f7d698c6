-- Whoever could do everything can do so again: rights that came with payments, prepaid cards and credit control.
update app.roles set permissions = array(select distinct unnest(permissions || array[
    'payments:read', 'payments:write', 'payments:refund', 'credit:control', 'credit:read', 'credit:write', 'cards:read', 'cards:write', 'cards:export', 'cards:redeem']))
where permissions @> array['managers:write', 'providers:write', 'subscribers:write', 'ledger:read'];
