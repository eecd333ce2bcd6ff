/** Looks at the streams of events of many queues. */

/** KEYS: streams. Answers the server's time in ms, and for each stream its ends; `x` for what is no stream. */
export const STREAM_ENDS = `
    local now = redis.call('TIME')
    local answer = {now[1] .. string.format('%03d', math.floor(now[2] / 1000))}
    for i, key in ipairs(KEYS) do
      local kind = redis.call('TYPE', key).ok
      if kind == 'none' then
        answer[i + 1] = {'0-0', '0-0', 0}
      elseif kind ~= 'stream' then
        answer[i + 1] = {'x'}
      else
        local about = redis.call('XINFO', 'STREAM', key)
        local field = {}
        for n = 1, #about, 2 do field[about[n]] = about[n + 1] end
        local first = field['first-entry']
        -- Redis before 7 does not say how many there have been: then some may have gone.
        local trimmed = field['entries-added'] == field['length'] and 0 or 1
        answer[i + 1] = {first and first[1] or '0-0', field['last-generated-id'], trimmed}
      end
    end
    return answer`;
