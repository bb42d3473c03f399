-- Events have their number by their place: they are appended where nothing was appended meanwhile.
-- KEYS: events
-- ARGV: how many there are, seconds that they are kept, then the events
if call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return 0 end
call('RPUSH', KEYS[1], unpack(ARGV, 3))
call('EXPIRE', KEYS[1], ARGV[2])
return 1
