-- A worker has got the job from its queue: is there anything to do, and whose attempt is it?
-- KEYS: status, hash, lock, task, all jobs, the user's jobs, sequence
-- ARGV: lock token, id, now, most attempts, status of a job that nobody wrote one for, error, remediation, then its hash
if call('GET', KEYS[3]) ~= ARGV[1] then return {'lost'} end
if call('EXISTS', KEYS[2]) == 0 then
  local sequence = call('INCR', KEYS[7])
  call('HSET', KEYS[2], unpack(ARGV, 8))
  call('SET', KEYS[4], ARGV[2])
  call('ZADD', KEYS[5], sequence, ARGV[2])
  call('ZADD', KEYS[6], sequence, ARGV[2])
end
local status = read(KEYS[1]) or cjson.decode(ARGV[5])
if call('HEXISTS', KEYS[2], 'deleted') == 1 or status.status == 'completed' or status.status == 'failed' then
  return {'over', status.status or ''}
end
local attempts = tonumber(call('HGET', KEYS[2], 'attempts') or '0')
call('HSET', KEYS[2], 'changed', ARGV[3])
if attempts >= tonumber(ARGV[4]) then
  status.status, status.error, status.remediation = 'failed', ARGV[6], ARGV[7]
  write(KEYS[1], status)
  settle(KEYS[2], ARGV[2])
  bury(KEYS[2], ARGV[2], ARGV[3])
  return {'dead'}
end
call('HINCRBY', KEYS[2], 'attempts', 1)
call('HINCRBY', KEYS[2], 'takings', 1)
call('HSETNX', KEYS[2], 'started', ARGV[3])
status.status, status.progress = 'processing', 0
write(KEYS[1], status)
return {'taken', call('GET', KEYS[1]), call('HGETALL', KEYS[2])}
