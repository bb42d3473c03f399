-- KEYS: status, hash
-- ARGV: id, error, remediation, now, seconds that an ended job is kept
if call('HEXISTS', KEYS[2], 'deleted') == 1 then return -1 end
local status = read(KEYS[1])
if not status then return -1 end
if over(status, KEYS[2]) then return 0 end
status.status, status.error, status.remediation = 'failed', ARGV[2], ARGV[3]
write(KEYS[1], status)
call('HSET', KEYS[2], 'changed', ARGV[4], 'cancelled', 1)
settle(KEYS[2], ARGV[1])
outcome(KEYS[2], ARGV[1], ARGV[4], status)
remember(KEYS[1], KEYS[2], ARGV[5])
announce(KEYS[2], ARGV[1])
return 1
