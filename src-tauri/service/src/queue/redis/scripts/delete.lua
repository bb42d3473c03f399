-- The hash stays for a while: a key that was used stands for the job.
-- KEYS: status, hash, the user's jobs, dead letters, outbox
-- ARGV: id, now, error, seconds that an ended job is kept
if call('HEXISTS', KEYS[2], 'deleted') == 1 then return 0 end
local status = read(KEYS[1])
if not status then return 0 end
if type(status.resultKey) == 'string' then call('DEL', 'landfall:object:' .. status.resultKey) end
if status.status == 'pending' or status.status == 'processing' then
  status.status, status.error = 'failed', ARGV[3]
end
status.resultKey = nil
write(KEYS[1], status)
call('HSET', KEYS[2], 'deleted', ARGV[2], 'changed', ARGV[2])
settle(KEYS[2], ARGV[1])
call('ZREM', KEYS[3], ARGV[1])
call('ZREM', KEYS[4], ARGV[1])
call('ZREM', KEYS[5], ARGV[1])
remember(KEYS[1], KEYS[2], ARGV[4])
return 1
