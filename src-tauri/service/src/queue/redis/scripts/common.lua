-- What the other scripts share. A status that cannot be read counts as none: whoever writes next makes it anew.
local call = redis.call

local function read(key)
  local text = call('GET', key)
  if not text then return nil end
  local good, value = pcall(cjson.decode, text)
  if good and type(value) == 'table' then return value end
  return nil
end

local function write(key, value)
  call('SET', key, cjson.encode(value), 'KEEPTTL')
end

-- The job counts no more among those that its user waits for.
local function settle(hash, id)
  call('SREM', 'landfall:open:' .. (call('HGET', hash, 'user') or ''), id)
end

-- From now on it is only remembered, for so many seconds.
local function remember(status, hash, seconds)
  local task = call('HGET', hash, 'task')
  if task then call('EXPIRE', 'landfall:task:' .. task, seconds) end
  call('EXPIRE', status, seconds)
  call('EXPIRE', hash, seconds)
end

local function bury(hash, id, now)
  call('HSET', hash, 'died', now)
  call('ZADD', 'landfall:dead:' .. (call('HGET', hash, 'system') or ''), now, id)
end
