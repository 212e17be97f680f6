-- What the last check of this machine found, the worst first.
FROM ops.findings
ORDER BY CASE severity WHEN 'broken' THEN 1 WHEN 'soon' THEN 2 ELSE 3 END, area, what
