-- Whether the attempt is to go on, and how far it is. The answer: ours, lost, or how the job is over.
-- KEYS: status, hash, lock
-- ARGV: lock token, percent or -1 to look only, now
-- The attempt has told its end meanwhile: there is nothing to stop.
if call('HGET', KEYS[2], 'ended') == ARGV[1] then return 'ours' end
if call('GET', KEYS[3]) ~= ARGV[1] then return 'lost' end
local status = read(KEYS[1])
local before = over(status, KEYS[2])
if before then return before end
status = status or {}
local percent = tonumber(ARGV[2])
local news = percent >= 0 and status.progress ~= percent
if news then status.progress = percent end
if news or status.status ~= 'processing' then
  status.status = 'processing'
  write(KEYS[1], status)
  call('HSET', KEYS[2], 'changed', ARGV[3])
end
return 'ours'
