-- A worker has got the job from its queue: is there anything to do, and whose attempt is it?
-- KEYS: status, hash, task, all jobs, the user's jobs, sequence, lock
-- ARGV: id, lock token, now, most attempts, status of a job that nobody wrote one for, error, remediation, BullMQ's id, then its hash
if call('GET', KEYS[7]) ~= ARGV[2] then return {'lost'} end
enter(KEYS, ARGV, ARGV[3], 9)
called(KEYS[2], ARGV[1], ARGV[8])
local status = read(KEYS[1]) or cjson.decode(ARGV[5])
local before = over(status, KEYS[2])
if before then return {before} end
local attempts = tonumber(call('HGET', KEYS[2], 'attempts') or '0')
call('HSET', KEYS[2], 'changed', ARGV[3])
announce(KEYS[2], ARGV[1])
if attempts >= tonumber(ARGV[4]) then
  status.status, status.error, status.remediation = 'failed', ARGV[6], ARGV[7]
  write(KEYS[1], status)
  settle(KEYS[2], ARGV[1])
  bury(KEYS[2], ARGV[1], ARGV[3])
  outcome(KEYS[2], ARGV[1], ARGV[3], status)
  return {'dead'}
end
call('HINCRBY', KEYS[2], 'attempts', 1)
call('HINCRBY', KEYS[2], 'takings', 1)
call('HSETNX', KEYS[2], 'started', ARGV[3])
status.status, status.progress = 'processing', 0
write(KEYS[1], status)
return {'taken', call('GET', KEYS[1]), call('HGETALL', KEYS[2])}
