-- BullMQ calls a job failed for good: it is dead here too, unless it was ended here, or is put back at this moment.
-- KEYS: status, hash, task, all jobs, the user's jobs, sequence, outbox
-- ARGV: id, now, when it failed, status of a job that nobody wrote one for, error, remediation, attempts, then its hash
if call('ZSCORE', KEYS[7], ARGV[1]) then return 0 end
local before = call('HMGET', KEYS[2], 'died', 'cancelled', 'deleted', 'found')
if before[1] or before[2] or before[3] then return 0 end
if before[4] and tonumber(before[4]) >= tonumber(ARGV[3]) then return 0 end
local status = read(KEYS[1]) or cjson.decode(ARGV[4])
if over(status, KEYS[2]) == 'completed' then return 0 end
enter(KEYS, ARGV, ARGV[2], 8)
-- A worker that has told why it failed knows it best.
if status.status ~= 'failed' or type(status.error) ~= 'string' then
  status.error, status.remediation = ARGV[5], ARGV[6]
end
status.status = 'failed'
write(KEYS[1], status)
call('PERSIST', KEYS[1])
call('PERSIST', KEYS[2])
call('HSET', KEYS[2], 'found', ARGV[3], 'attempts', ARGV[7], 'changed', ARGV[2])
settle(KEYS[2], ARGV[1])
bury(KEYS[2], ARGV[1], ARGV[3])
announce(KEYS[2], ARGV[1])
return 1
