/** Reads many jobs. */

/** The fields of a job that a caller may have made as long as it likes. */
const LONG_FIELDS = ['data', 'progress', 'returnvalue', 'failedReason', 'stacktrace'] as const;

const quoted = (fields: readonly string[]) => fields.map((field) => `'${field}'`).join(', ');

/**
 * The state is told by the sorted sets and the list of running jobs, and is waiting otherwise: to look for each job in
 * the list of those that wait would take the longer, the longer that is. What has no time of its adding is no job, but
 * something else of the queue in a hash.
 *
 * KEYS completed, failed, delayed, prioritized, waiting-children, active · ARGV beginning of the job keys, ids…
 * · answers for each its state and fields, false for one that is gone, and a text that says why it can't be read
 */
export const READ_JOBS = `
local STATES = { 'completed', 'failed', 'delayed', 'prioritized', 'waiting-children' }
local running
local function isActive(id)
  if not running then
    running = {}
    for _, each in ipairs(redis.call('LRANGE', KEYS[6], 0, -1)) do running[each] = true end
  end
  return running[id]
end
local function stateOf(id)
  for index, state in ipairs(STATES) do
    if redis.call('ZSCORE', KEYS[index], id) then return state end
  end
  return isActive(id) and 'active' or 'waiting'
end
local function isJob(fields)
  for index = 1, #fields, 2 do
    if fields[index] == 'timestamp' then return true end
  end
  return false
end
local answers = {}
for index = 2, #ARGV do
  local id = ARGV[index]
  local fields = redis.pcall('HGETALL', ARGV[1] .. id)
  answers[index - 1] = fields.err or (isJob(fields) and { stateOf(id), fields })
end
return answers`;

/** KEYS any of the queue · ARGV beginning of the job keys, ids… */
export const READ_SIZES = `
local answers = {}
for index = 2, #ARGV do
  local size = 0
  for _, field in ipairs({ ${quoted(LONG_FIELDS)} }) do
    size = size + redis.call('HSTRLEN', ARGV[1] .. ARGV[index], field)
  end
  answers[index - 1] = size
end
return answers`;

/** KEYS any of the queue · ARGV beginning of the job keys, ids… */
export const READ_TEXTS = `
local answers = {}
for index = 2, #ARGV do
  answers[index - 1] = redis.call('HMGET', ARGV[1] .. ARGV[index], 'data', 'failedReason', 'timestamp', 'opts')
end
return answers`;
