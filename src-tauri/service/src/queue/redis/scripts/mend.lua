-- A job has ended, and the producer that gave it has written its first status after that: the end stands.
-- KEYS: status, hash, ended
-- ARGV: id, score up to which an end is looked after no more, seconds that an ended job is kept
local ended = call('ZSCORE', KEYS[3], ARGV[1])
if ended and tonumber(ended) <= tonumber(ARGV[2]) then call('ZREM', KEYS[3], ARGV[1]) end
local was = call('HMGET', KEYS[2], 'outcome', 'result', 'why', 'remedy')
if not was[1] or call('HEXISTS', KEYS[2], 'deleted') == 1 then return 0 end
local status = read(KEYS[1]) or {}
if status.status == 'completed' or status.status == 'failed' then return 0 end
status.status = was[1]
status.resultKey, status.error, status.remediation = was[2] or nil, was[3] or nil, was[4] or nil
if was[1] == 'completed' then
  status.progress = 100
end
write(KEYS[1], status)
-- A dead one stays until it is put back.
if was[1] == 'completed' then remember(KEYS[1], KEYS[2], ARGV[3]) end
return 1
