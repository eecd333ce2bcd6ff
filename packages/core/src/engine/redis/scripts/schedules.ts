/** Keeps the records of schedules. */

/** KEYS records, prints, indexes · ARGV beginning of the lists, for each: key, print, record, its indexes by lines */
export const PUT_SCHEDULES = `
-- Collected first, and written by one command each: there are few lists, and many keys in each.
local keys, records, prints, indexes, added = {}, {}, {}, {}, {}
for index = 2, #ARGV, 4 do keys[#keys + 1] = ARGV[index] end
local before = redis.call('HMGET', KEYS[3], unpack(keys))
for nth, key in ipairs(keys) do
  local index = nth * 4 - 2
  local lists = ARGV[index + 3]
  records[nth * 2 - 1], records[nth * 2] = key, ARGV[index + 2]
  prints[nth * 2 - 1], prints[nth * 2] = key, '~' .. ARGV[index + 1]
  if before[nth] ~= lists then
    if before[nth] then
      for list in string.gmatch(before[nth], '[^\\n]+') do redis.call('ZREM', ARGV[1] .. list, key) end
    end
    for list in string.gmatch(lists, '[^\\n]+') do
      local members = added[list] or {}
      members[#members + 1] = 0
      members[#members + 1] = key
      added[list] = members
    end
    indexes[#indexes + 1] = key
    indexes[#indexes + 1] = lists
  end
end
redis.call('HSET', KEYS[1], unpack(records))
redis.call('HSET', KEYS[2], unpack(prints))
if #indexes > 0 then redis.call('HSET', KEYS[3], unpack(indexes)) end
for list, members in pairs(added) do redis.call('ZADD', ARGV[1] .. list, unpack(members)) end
return 1`;

/** KEYS records, prints, indexes · ARGV beginning of the lists, for each: key, print */
export const SETTLE_SCHEDULES = `
local keys, answers, settled = {}, {}, {}
for index = 2, #ARGV, 2 do keys[#keys + 1] = ARGV[index] end
local prints = redis.call('HMGET', KEYS[2], unpack(keys))
for nth, key in ipairs(keys) do
  local print = ARGV[nth * 2 + 1]
  local isMine = prints[nth] == '~' .. print
  if isMine then
    settled[#settled + 1] = key
    settled[#settled + 1] = print
  end
  answers[nth] = isMine and 1 or 0
end
if #settled > 0 then redis.call('HSET', KEYS[2], unpack(settled)) end
return answers`;

/** KEYS records, prints, indexes · ARGV beginning of the lists, keys… */
export const REMOVE_SCHEDULES = `
local removed = 0
for index = 2, #ARGV do
  local key = ARGV[index]
  local lists = redis.call('HGET', KEYS[3], key)
  if lists then
    for list in string.gmatch(lists, '[^\\n]+') do redis.call('ZREM', ARGV[1] .. list, key) end
  end
  removed = removed + redis.call('HDEL', KEYS[1], key)
  redis.call('HDEL', KEYS[2], key)
  redis.call('HDEL', KEYS[3], key)
end
return removed`;
