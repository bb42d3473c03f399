-- Nobody will put a dead job back: it is only remembered, like any that has ended.
-- KEYS: status, hash
-- ARGV: id, seconds that an ended job is kept
local list = 'landfall:dead:' .. (call('HGET', KEYS[2], 'system') or '')
if call('ZREM', list, ARGV[1]) == 0 then return 0 end
remember(KEYS[1], KEYS[2], ARGV[2])
return 1
