-- What the other scripts share. A status that cannot be read counts as none, and so does what is no text at all: whoever writes
-- next makes it anew.
local call = redis.call

local function read(key)
  -- Unlike GET it has no error for a key that holds something else.
  local text = call('MGET', key)[1]
  if not text then return nil end
  local good, value = pcall(cjson.decode, text)
  if good and type(value) == 'table' then return value end
  return nil
end

local function write(key, value)
  call('SET', key, cjson.encode(value), 'KEEPTTL')
end

-- How the job is over: completed, failed or unwanted (cancelled or deleted by its user), or nil as long as it is not. A producer of another program may write its first
-- status after a worker has begun with the job or has ended it: what has ended stays so, and all else is open.
local function over(status, hash)
  local of = call('HMGET', hash, 'deleted', 'cancelled', 'outcome')
  if of[1] or of[2] then return 'unwanted' end
  if status and (status.status == 'completed' or status.status == 'failed') then return status.status end
  return of[3] or nil
end

-- The job counts no more among those that its user waits for.
local function settle(hash, id)
  call('SREM', 'landfall:open:' .. (call('HGET', hash, 'user') or ''), id)
end

-- For how long what has ended is kept: one that was asked for under a key for as long as the key stands for it, a day.
local function kept(hash, seconds)
  if call('HEXISTS', hash, 'key') == 0 then return seconds end
  return math.max(seconds, 86400)
end

-- From now on it is only remembered, for so many seconds.
local function remember(status, hash, seconds)
  seconds = kept(hash, seconds)
  local task = call('HGET', hash, 'task')
  if task then call('EXPIRE', 'landfall:task:' .. task, seconds) end
  call('EXPIRE', status, seconds)
  call('EXPIRE', hash, seconds)
end

local function bury(hash, id, now)
  call('HSET', hash, 'died', now)
  call('ZADD', 'landfall:dead:' .. (call('HGET', hash, 'system') or ''), now, id)
end

-- How it ended, where another program may still write over its status; `mend` looks after those.
local function outcome(hash, id, now, status)
  if call('HEXISTS', hash, 'foreign') == 0 then return end
  call('HSET', hash, 'outcome', status.status)
  for field, value in pairs({result = status.resultKey, why = status.error, remedy = status.remediation}) do
    if type(value) == 'string' then call('HSET', hash, field, value) end
  end
  call('ZADD', 'landfall:ended', now, id)
end

-- The next place in the lists: the time in microseconds, and later than any before.
local function place(sequence, now)
  local last = tonumber(call('GET', sequence) or '0')
  local next = string.format('%.0f', math.max(last + 1, tonumber(now) * 1000))
  call('SET', sequence, next)
  return next
end

-- What is remembered no more leaves the lists. Each new job looks at two, so that no list is ever much longer than it must be.
local function forget(list)
  for _, id in ipairs(call('ZRANDMEMBER', list, 2)) do
    if call('EXISTS', 'landfall:job:' .. id) == 0 then call('ZREM', list, id) end
  end
end

-- A job that another producer has put into its queue is written down here too.
-- KEYS: status, hash, task, all jobs, the user's jobs, sequence in their places; of ARGV the first is its id
local function enter(keys, arguments, now, hash)
  if call('EXISTS', keys[2]) == 1 then return end
  forget(keys[4])
  forget(keys[5])
  local at = place(keys[6], now)
  call('HSET', keys[2], 'foreign', 1, unpack(arguments, hash))
  call('SET', keys[3], arguments[1])
  call('ZADD', keys[4], at, arguments[1])
  call('ZADD', keys[5], at, arguments[1])
end

-- By which id BullMQ knows the job, where that is another than ours: its producer let BullMQ choose one.
local function called(hash, id, bull)
  if bull ~= id then call('HSET', hash, 'bull', bull) else call('HDEL', hash, 'bull') end
end

-- What a stream is to tell is found here for two minutes, by the time of Redis itself.
local function announce(hash, id)
  local of = call('HMGET', hash, 'system', 'user')
  local list = 'landfall:news:' .. (of[1] or '') .. ':' .. (of[2] or '')
  local time = call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  call('ZADD', list, now, id)
  call('ZREMRANGEBYSCORE', list, '-inf', now - 120000)
  call('PEXPIRE', list, 120000)
end
