-- The hash stays for a while: a key that was used stands for the job. The answer is whether there was one, and the key of its
-- result as it was at this moment.
-- KEYS: status, hash, the user's jobs, dead letters, outbox
-- ARGV: id, now, error, seconds that an ended job is kept
if call('HEXISTS', KEYS[2], 'deleted') == 1 then return {0, ''} end
local status = read(KEYS[1])
if not status then return {0, ''} end
local result = status.resultKey
if type(result) ~= 'string' then result = call('HGET', KEYS[2], 'result') or '' end
if result ~= '' then call('DEL', 'landfall:object:' .. result) end
if not over(status, KEYS[2]) then
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
announce(KEYS[2], ARGV[1])
return {1, result}
