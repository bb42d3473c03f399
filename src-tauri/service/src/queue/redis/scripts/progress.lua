-- KEYS: status, hash, lock
-- ARGV: lock token, percent or -1 to look only, now
-- The attempt has told its end meanwhile: there is nothing to stop.
if call('HGET', KEYS[2], 'ended') == ARGV[1] then return 1 end
if call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
local status = read(KEYS[1])
if not status or status.status ~= 'processing' then return 0 end
local percent = tonumber(ARGV[2])
if percent >= 0 and status.progress ~= percent then
  status.progress = percent
  write(KEYS[1], status)
  call('HSET', KEYS[2], 'changed', ARGV[3])
end
return 1
