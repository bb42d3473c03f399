-- A worker has got the job from its queue: is there anything to do, and whose attempt is it? The answer: what there is to do, and
-- whether an attempt before was lost.
-- KEYS: status, hash, task, all jobs, the user's jobs, sequence, lock, BullMQ's account of it
-- ARGV: id, lock token, now, most attempts, status of a job that nobody wrote one for, error, remediation, BullMQ's id, then its hash
if call('GET', KEYS[7]) ~= ARGV[2] then return {'lost'} end
enter(KEYS, ARGV, ARGV[3], 9)
called(KEYS[2], ARGV[1], ARGV[8])
local status = read(KEYS[1]) or cjson.decode(ARGV[5])
local before = over(status, KEYS[2])
if before then return {before} end
-- A worker of another program counts its attempts in BullMQ's account. What is given out once more after all of them, as
-- somebody has wished, has one more.
local most = tonumber(ARGV[4])
local made = math.min(tonumber(call('HGET', KEYS[8], 'atm') or '0') or 0, most - 1)
local attempts = math.max(tonumber(call('HGET', KEYS[2], 'attempts') or '0'), made)
-- The last one has ended without a word.
local lost = call('HDEL', KEYS[2], 'running')
call('HSET', KEYS[2], 'changed', ARGV[3])
announce(KEYS[2], ARGV[1])
if attempts >= most then
  status.status, status.error, status.remediation = 'failed', ARGV[6], ARGV[7]
  write(KEYS[1], status)
  settle(KEYS[2], ARGV[1])
  bury(KEYS[2], ARGV[1], ARGV[3])
  outcome(KEYS[2], ARGV[1], ARGV[3], status)
  return {'dead', lost}
end
call('HSET', KEYS[2], 'attempts', attempts + 1, 'running', 1)
call('HINCRBY', KEYS[2], 'takings', 1)
call('HSETNX', KEYS[2], 'started', ARGV[3])
status.status, status.progress = 'processing', 0
write(KEYS[1], status)
return {'taken', lost, call('GET', KEYS[1]), call('HGETALL', KEYS[2])}
