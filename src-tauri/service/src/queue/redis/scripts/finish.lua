-- The end of an attempt, by the holder of the lock and by nobody else. The answer: ours, lost, or how the job was over before.
-- KEYS: status, hash, lock, object, the job of BullMQ
-- ARGV: lock token, id, end, now, result key or error, object or remediation, seconds that an ended job is kept
-- Told before, by a call whose answer was lost: it counts as it did then, whatever has become of the lock and the job.
if call('HGET', KEYS[2], 'ended') == ARGV[1] then return 'ours' end
if call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
local status = read(KEYS[1])
local before = over(status, KEYS[2])
if before then return before end
status = status or {}
call('HSET', KEYS[2], 'changed', ARGV[4], 'ended', ARGV[1])
call('HDEL', KEYS[2], 'running')
if ARGV[3] == 'complete' then
  status.status, status.progress, status.resultKey = 'completed', 100, ARGV[5]
  call('SET', KEYS[4], ARGV[6], 'EX', kept(KEYS[2], ARGV[7]))
  settle(KEYS[2], ARGV[2])
  outcome(KEYS[2], ARGV[2], ARGV[4], status)
elseif ARGV[3] == 'retry' then
  status.status = 'pending'
  -- BullMQ's own count of attempts, for whoever looks at its jobs.
  call('HINCRBY', KEYS[5], 'atm', 1)
elseif ARGV[3] == 'back' then
  status.status, status.progress = 'pending', 0
  if call('HINCRBY', KEYS[2], 'attempts', -1) == 0 then call('HDEL', KEYS[2], 'started') end
else
  status.status, status.error, status.remediation = 'failed', ARGV[5], ARGV[6]
  settle(KEYS[2], ARGV[2])
  bury(KEYS[2], ARGV[2], ARGV[4])
  outcome(KEYS[2], ARGV[2], ARGV[4], status)
end
write(KEYS[1], status)
announce(KEYS[2], ARGV[2])
if ARGV[3] == 'complete' then remember(KEYS[1], KEYS[2], ARGV[7]) end
return 'ours'
