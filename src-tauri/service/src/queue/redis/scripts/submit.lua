-- KEYS: idempotency key or '', status, hash, task, all jobs, the user's jobs, sequence, outbox, the user's open jobs
-- ARGV: id, digest, life of the key in seconds, now, status, most open jobs, then the hash
if KEYS[1] ~= '' then
  local known = call('GET', KEYS[1])
  if known then
    local digest, id = string.match(known, '^(%x*):(.*)$')
    if digest ~= ARGV[2] then return {'other'} end
    return {'known', id}
  end
end
local most = tonumber(ARGV[6])
if most > 0 and call('SCARD', KEYS[9]) >= most then return {'full'} end
if KEYS[1] ~= '' then
  call('SET', KEYS[1], ARGV[2] .. ':' .. ARGV[1], 'EX', ARGV[3])
end
local sequence = call('INCR', KEYS[7])
call('SET', KEYS[2], ARGV[5])
call('HSET', KEYS[3], unpack(ARGV, 7))
call('SET', KEYS[4], ARGV[1])
call('ZADD', KEYS[5], sequence, ARGV[1])
call('ZADD', KEYS[6], sequence, ARGV[1])
-- Until it is in the queue too: a process that dies between the two loses no job.
call('ZADD', KEYS[8], ARGV[4], ARGV[1])
call('SADD', KEYS[9], ARGV[1])
return {'new'}
