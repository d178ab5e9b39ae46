"""What Redis does in one round trip: all cells of an exchange, as a whole or not at all.

The cells count as those in memory do (store.cell). Times are microseconds, for Lua's numbers hold whole ones up to
2**53 only, of the server's own clock: the clocks of several machines differ. Every key has the same hash tag, so that
a cluster keeps them together, and a time to live.

Every answer begins with the moment at which somebody first told this server what was spent, 0 if nobody has: whoever
hears of another moment than before knows that the server has lost what it knew.
"""

SCRIPT = r"""
local m = cmsgpack.unpack(ARGV[1])
local op, p, id, claims = m[1], m[2], m[4], m[5]
local LEASE, GRACE = 60000000, 120000
local function text(x) return string.format('%.17g', x) end

local wall = m[3]
if wall == 0 then local t = redis.call('TIME'); wall = t[1] * 1000000 + t[2] end
local last = redis.call('HMGET', KEYS[1], 'now', 'ahead', 'restored')
local told = tonumber(last[3] or '0')
local ahead, before = tonumber(last[2] or '0'), tonumber(last[1] or '0')
local now = wall + ahead
if now < before then
  if now < before - 1000000 then ahead = before - wall end
  now = before
end
redis.call('HSET', KEYS[1], 'now', text(now), 'ahead', text(ahead))

local function width(c) return math.max(math.ceil(c.length / 60), 1) end

local function slide(c)
  local left = math.floor(now / width(c)) - 60
  for number = c.first, math.min(left - 1, c.last) do
    c.used = c.used - tonumber(redis.call('HGET', c.key, 'x' .. text(number)) or '0')
    redis.call('HDEL', c.key, 'x' .. text(number))
  end
  c.first = math.max(c.first, left)
  if c.first > c.last then c.used = 0 end
end

local function enter(c, amount)
  local number = math.floor(now / width(c))
  if c.used == 0 then c.first = number end
  c.last = number
  redis.call('HINCRBY', c.key, 'x' .. text(number), text(amount))
end

local function get(w)
  local c = {key = p .. 'c:' .. w[1], algorithm = w[2], capacity = w[3], length = w[4], burst = w[5], start = w[6],
             stop = w[7], hard = w[8], sure = w[9], amount = w[10], used = 0, reserved = 0, first = 0, last = -1}
  local v = redis.call('HMGET', c.key, 'algorithm', 'start', 'at', 'used', 'reserved', 'first', 'last', 'width')
  local known = v[1] == c.algorithm and tonumber(v[2]) >= c.start
  c.known = known
  if known then
    c.start, c.used, c.reserved = tonumber(v[2]), tonumber(v[4]), tonumber(v[5])
    c.first, c.last = tonumber(v[6]), tonumber(v[7])
    if c.algorithm == 'bucket' then
      c.used = math.max(c.used - (now - tonumber(v[3])) * c.capacity / c.length, 0)
    elseif c.algorithm == 'sliding' then
      if tonumber(v[8]) ~= width(c) then
        redis.call('DEL', c.key)
        c.first = math.floor(now / width(c))
        if c.used > 0 then enter(c, c.used) end
      end
      slide(c)
    end
  elseif v[1] then
    redis.call('DEL', c.key)
  end
  return c
end

local function room(c) return math.floor(c.burst - c.used + 0.000001) - c.reserved end

local function use(c, amount)
  if amount == 0 or c.algorithm == 'concurrency' then return end
  if c.algorithm == 'sliding' then enter(c, amount) end
  c.used = math.max(c.used + amount, 0)
end

local function life(c)
  local ms = 400 * 86400000
  if c.algorithm == 'window' and c.stop > 0 then ms = math.max(c.stop - wall, 0) / 1000 + 86400000
  elseif c.algorithm == 'bucket' then ms = c.capacity > 0 and c.used * c.length / c.capacity / 1000 or 86400000
  elseif c.algorithm == 'sliding' then ms = c.length * 61 / 60 / 1000
  elseif c.algorithm == 'concurrency' then ms = 0 end
  return string.format('%.0f', math.min(ms, 400 * 86400000) + 2 * GRACE)
end

local function put(c)
  redis.call('HSET', c.key, 'algorithm', c.algorithm, 'start', text(c.start), 'at', text(now), 'used', text(c.used),
    'reserved', text(c.reserved), 'first', text(c.first), 'last', text(c.last), 'width', text(width(c)))
  redis.call('PEXPIRE', c.key, life(c))
end

local function standing(out, c, refused, over)
  local resets = 0
  local wanted = refused and c.amount or 0
  if c.algorithm == 'bucket' then
    local owed = c.used
    if wanted > 0 and wanted + c.reserved <= c.burst then owed = c.used + wanted + c.reserved - c.burst end
    if c.capacity > 0 then resets = math.max(owed, 0) * c.length / c.capacity end
  elseif c.algorithm == 'sliding' and c.used > 0 then
    local number = c.last
    if refused then
      local excess = c.used + c.reserved + wanted - c.burst
      for each = c.first, c.last do
        excess = excess - tonumber(redis.call('HGET', c.key, 'x' .. text(each)) or '0')
        if excess <= 0 then number = each; break end
      end
    end
    resets = (number + 61) * width(c) - now
  elseif c.algorithm == 'window' and c.stop > 0 then
    resets = math.max(c.stop - wall, 0)
  end
  out[#out + 1] = math.max(room(c), 0)
  out[#out + 1] = math.ceil(resets)
  out[#out + 1] = math.ceil(c.used - 0.000001)
  out[#out + 1] = c.reserved
  out[#out + 1] = over and 1 or 0
end

local function keep(held)
  if #held == 0 then return end
  redis.call('SET', p .. 'l:' .. id, cmsgpack.pack(held), 'PX', 86400000)
  redis.call('ZADD', p .. 'leases', text(now + LEASE), id)
  redis.call('PEXPIRE', p .. 'leases', 86400000)
end

local function release(lease)
  local held = redis.call('GET', p .. 'l:' .. lease)
  for _, each in ipairs(held and held ~= '' and cmsgpack.unpack(held) or {}) do
    local key = p .. 'c:' .. each[1]
    local v = redis.call('HMGET', key, 'start', 'reserved')
    if v[1] and tonumber(v[1]) == each[2] then
      redis.call('HSET', key, 'reserved', text(math.max(tonumber(v[2]) - each[3], 0)))
    end
  end
  redis.call('DEL', p .. 'l:' .. lease)
  redis.call('ZREM', p .. 'leases', lease)
end

for _, lease in ipairs(redis.call('ZRANGEBYSCORE', p .. 'leases', '-inf', text(now), 'LIMIT', 0, 50)) do
  release(lease)
end

if op == 'restore' and told == 0 then
  told = wall
  redis.call('HSET', KEYS[1], 'restored', text(told))
end
local out = {told}
if op == 'take' then
  local cells, at, waiting = {}, -1, 1
  for i, w in ipairs(claims) do
    local c = get(w)
    cells[i] = c
    local lacks = c.amount - room(c)
    c.over = lacks > 0
    c.refused = c.hard and c.amount > 0 and lacks > 0
    if c.refused then
      if at < 0 then at = i - 1 end
      if lacks > c.reserved then waiting = 0 end
    end
  end
  out[2], out[3] = at, waiting
  local held = {}
  for i, c in ipairs(cells) do
    if at < 0 then
      if c.sure then use(c, c.amount) else
        c.reserved = c.reserved + c.amount
        held[#held + 1] = {claims[i][1], c.start, c.amount, i}
      end
    end
    put(c)
    standing(out, c, c.refused, c.over)
  end
  if at < 0 then keep(held) end
elseif op == 'settle' then
  local key = p .. 'l:' .. id
  local packed = redis.call('GET', key)
  if packed ~= '' then
    local starts = {}
    if packed then
      for _, each in ipairs(cmsgpack.unpack(packed)) do starts[each[4]] = each[2] end
      release(id)
    end
    for i, w in ipairs(claims) do
      if not w[9] and w[10] > 0 then
        local c = get(w)
        if c.start == (starts[i] or w[6]) then use(c, w[10]); put(c) end
      end
    end
    redis.call('SET', key, '', 'PX', GRACE)
  end
elseif op == 'extend' or op == 'hold' then
  if op == 'hold' and redis.call('EXISTS', p .. 'l:' .. id) == 0 then
    local held = {}
    for i, w in ipairs(claims) do
      local c = not w[9] and get(w)
      if c and c.start == w[6] then
        c.reserved = c.reserved + c.amount
        put(c)
        held[#held + 1] = {w[1], c.start, c.amount, i}
      end
    end
    keep(held)
  end
  redis.call('ZADD', p .. 'leases', 'XX', text(now + LEASE), id)
  for _, w in ipairs(claims) do
    local key = p .. 'c:' .. w[1]
    local left = redis.call('PTTL', key)
    if left > 0 and left < 2 * GRACE then redis.call('PEXPIRE', key, 2 * GRACE) end
  end
elseif op == 'add' or op == 'restore' then
  local key = p .. 'l:' .. id
  if redis.call('SET', key, '', 'PX', GRACE, 'NX') then
    for _, w in ipairs(claims) do
      local c = get(w)
      if c.start == w[6] then
        if op == 'restore' and c.algorithm == 'window' then c.used = math.max(c.used, w[10]) else use(c, w[10]) end
        put(c)
      end
    end
  end
elseif op == 'look' then
  for _, w in ipairs(claims) do
    local c = get(w)
    if c.known then put(c) end
    standing(out, c, false, false)
  end
end
return out
"""
