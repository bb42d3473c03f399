-- BullMQ calls a job failed for good: it is dead here too, unless it was ended here, or is put back at this moment.
-- KEYS: status, hash, task, all jobs, the user's jobs, sequence, outbox, BullMQ's failed jobs
-- ARGV: id, now, when it failed, status of a job that nobody wrote one for, error, remediation, attempts, BullMQ's id, then its hash
if call('ZSCORE', KEYS[7], ARGV[1]) then return 0 end
-- It was seen there a moment ago, and may have been put back since.
if tonumber(call('ZSCORE', KEYS[8], ARGV[8]) or '-1') ~= tonumber(ARGV[3]) then return 0 end
local before = call('HMGET', KEYS[2], 'died', 'found')
local found = before[2] and tonumber(before[2]) >= tonumber(ARGV[3])
-- This failure is known, should it lie there still when the job has been put back.
if before[1] then
  if not found then call('HSET', KEYS[2], 'found', ARGV[3]) end
  return 0
end
if found then return 0 end
local status = read(KEYS[1]) or cjson.decode(ARGV[4])
local ended = over(status, KEYS[2])
if ended == 'completed' or ended == 'unwanted' then return 0 end
enter(KEYS, ARGV, ARGV[2], 9)
-- A worker that has told why it failed knows it best.
if status.status ~= 'failed' or type(status.error) ~= 'string' then
  status.error, status.remediation = ARGV[5], ARGV[6]
end
status.status = 'failed'
write(KEYS[1], status)
call('PERSIST', KEYS[1])
call('PERSIST', KEYS[2])
call('HSET', KEYS[2], 'found', ARGV[3], 'attempts', ARGV[7], 'changed', ARGV[2])
called(KEYS[2], ARGV[1], ARGV[8])
settle(KEYS[2], ARGV[1])
bury(KEYS[2], ARGV[1], string.format('%.0f', math.floor(tonumber(ARGV[3]))))
announce(KEYS[2], ARGV[1])
return 1
