-- Who says that it is urgent: store/urgent_use.h.

-- name: urgent_use
-- params: since scope limit:int
-- The customers whose word has put most tickets first, undone or not; of each how many tickets there were at all,
-- and in how many it was said.
SELECT u.contact_id, ct.name,
  (SELECT i.value FROM identity i WHERE i.contact_id = u.contact_id
    ORDER BY CASE i.kind WHEN 'email' THEN 0 WHEN 'phone' THEN 1 ELSE 2 END, i.verified DESC, i.id LIMIT 1),
  ct.vip, u.lifted, count(x.id), coalesce(sum(x.flags % 2), 0)
FROM (SELECT t.contact_id AS contact_id, count(DISTINCT t.id) AS lifted
    FROM decision d JOIN ticket t ON t.id = d.ticket_id
    WHERE d.priority = 4 AND d.account_id IS NULL AND d.model_id IS NULL AND d.at > :since AND t.flags % 2 = 1
      AND @visible(t, :scope)
    GROUP BY t.contact_id ORDER BY 2 DESC, 1 LIMIT :limit) u
JOIN contact ct ON ct.id = u.contact_id
LEFT JOIN ticket x ON x.contact_id = u.contact_id AND x.created_at > :since AND @visible(x, :scope)
GROUP BY u.contact_id, ct.name, ct.vip, u.lifted
ORDER BY u.lifted DESC, u.contact_id
