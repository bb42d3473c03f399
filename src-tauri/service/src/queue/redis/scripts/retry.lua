-- A dead job lives again, with all its attempts before it.
-- KEYS: status, hash, dead letters, outbox
-- ARGV: id, now
if call('ZREM', KEYS[3], ARGV[1]) == 0 then return 0 end
local status = read(KEYS[1]) or {}
status.status, status.progress, status.error, status.remediation = 'pending', 0, nil, nil
write(KEYS[1], status)
call('PERSIST', KEYS[1])
call('PERSIST', KEYS[2])
call('HSET', KEYS[2], 'attempts', 0, 'changed', ARGV[2])
call('HDEL', KEYS[2], 'started', 'died', 'outcome', 'result', 'why', 'remedy', 'running')
call('SADD', 'landfall:open:' .. (call('HGET', KEYS[2], 'user') or ''), ARGV[1])
call('ZADD', KEYS[4], ARGV[2], ARGV[1])
announce(KEYS[2], ARGV[1])
return 1
