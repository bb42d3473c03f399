-- KEYS: idempotency key or '', status, hash, task, all jobs, the user's jobs, sequence, outbox, the user's open jobs
-- ARGV: id, digest, life of the key in seconds, now, status, most open jobs, seconds that an ended job is kept, then the hash

-- A worker that is not ours says in the status that a job has ended, and nowhere else: what follows from it is done here, for
-- some of the user's jobs at a time.
local function reap(count)
  for _, id in ipairs(call('SRANDMEMBER', KEYS[9], count)) do
    local status = read('job:' .. id)
    if not status or (status.status ~= 'pending' and status.status ~= 'processing') then
      call('SREM', KEYS[9], id)
      remember('job:' .. id, 'landfall:job:' .. id, ARGV[7])
    end
  end
end

if KEYS[1] ~= '' then
  local known = call('GET', KEYS[1])
  local digest, id = string.match(known or '', '^(%x*):(.*)$')
  -- A key may live longer than the memory of its job.
  if id and call('EXISTS', 'landfall:job:' .. id) == 1 then
    if digest ~= ARGV[2] then return {'other'} end
    return {'known', id}
  end
end
local most = tonumber(ARGV[6])
reap(2)
if most > 0 and call('SCARD', KEYS[9]) >= most then
  reap(100)
  if call('SCARD', KEYS[9]) >= most then return {'full'} end
end
forget(KEYS[5])
forget(KEYS[6])
if KEYS[1] ~= '' then
  call('SET', KEYS[1], ARGV[2] .. ':' .. ARGV[1], 'EX', ARGV[3])
end
local at = place(KEYS[7], ARGV[4])
call('SET', KEYS[2], ARGV[5])
call('HSET', KEYS[3], unpack(ARGV, 8))
call('SET', KEYS[4], ARGV[1])
call('ZADD', KEYS[5], at, ARGV[1])
call('ZADD', KEYS[6], at, ARGV[1])
-- Until it is in the queue too: a process that dies between the two loses no job.
call('ZADD', KEYS[8], ARGV[4], ARGV[1])
call('SADD', KEYS[9], ARGV[1])
announce(KEYS[3], ARGV[1])
return {'new'}
