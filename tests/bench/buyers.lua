-- What `wrk` runs for `packaging/bench shop`: every thread has one connection and plays one buyer after another.
--
-- A buyer is a coroutine that asks for a page and goes on with the answer. Times are taken from before the request is
-- handed to the connection until the whole answer is there; they are written to a file when the run is over.
-- Arguments: mode, file of visits, path of the event, products (comma separated), number of the first visit, threads.
-- BENCH_TIMES names the file for the times.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long tv_sec; long tv_nsec; } bench_time;
  int clock_gettime(int clock, bench_time *now);
  typedef struct { uint16_t family; uint16_t port; uint32_t address; char zero[8]; } bench_address;
  int socket(int domain, int type, int protocol);
  int connect(int fd, const bench_address *to, uint32_t length);
  ssize_t send(int fd, const char *from, size_t length, int flags);
  ssize_t recv(int fd, char *into, size_t length, int flags);
  int close(int fd);
]]

local MONOTONIC = 1
local AF_INET, SOCK_STREAM, NO_SIGNAL = 2, 1, 0x4000
local ITEM = "lunch_goulash" -- no variants, no quota, any ticket

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function now_s()
  local now = ffi.new("bench_time")
  ffi.C.clock_gettime(MONOTONIC, now)
  return tonumber(now.tv_sec) + tonumber(now.tv_nsec) * 1e-9
end

-- The times of this thread: kind, second, duration one after another. Global, since `done` asks for them.
times = {}
faults = 0
fault = ""

local function note(kind, began_s)
  local ended_s = now_s()
  times[#times + 1] = kind
  times[#times + 1] = ended_s
  times[#times + 1] = ended_s - began_s
end

local function header(headers, name)
  for key, value in pairs(headers) do
    if key:lower() == name then return value end
  end
end

local function encoded(text)
  return (text:gsub("[^%w%-_.~]", function(char) return ("%%%02X"):format(char:byte()) end))
end

local function as_form(fields)
  local parts = {}
  for key, value in pairs(fields) do parts[#parts + 1] = key .. "=" .. encoded(value) end
  return table.concat(parts, "&")
end

local function unescaped(text)
  return (text:gsub("&amp;", "&"))
end

local mode

-- --- one buyer --------------------------------------------------------------------------------------------

local visit -- {cookie, form token, network address} of whom this thread plays now
local event -- the path of the event's pages, with a slash at the end

-- One page: the answer's status, headers, body. A page that failed ends the buyer.
local function ask(kind, method, path, fields)
  local headers = { ["X-Forwarded-For"] = visit.address }
  if mode ~= "front" then headers.Cookie = "rallygate_shop=" .. visit.cookie end
  local body
  if fields then
    fields.form_token = visit.form_token
    body = as_form(fields)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
  end
  local began_s = now_s()
  local answer = coroutine.yield(wrk.format(method, path, headers, body))
  if answer.status >= 400 then error(kind .. ": status " .. answer.status) end
  note(kind, began_s)
  return answer
end

local function get(kind, path) return ask(kind, "GET", path) end

-- The address an answer leads to.
local function leads_to(kind, answer)
  local location = header(answer.headers, "location")
  if not location then error(kind .. ": led nowhere") end
  return unescaped(location)
end

local function post(kind, path, fields) return leads_to(kind, ask(kind, "POST", path, fields)) end

local function found(answer, pattern, what)
  local value = answer.body:match(pattern)
  if not value then error("the page has no " .. what) end
  return unescaped(value)
end

-- The bank is another machine's business: a plain connection of its own, not counted among the shop's pages.
local function at_bank(method, address, body)
  local port, path = address:match("^http://127%.0%.0%.1:(%d+)(/.*)$")
  if not port then error("not the bank's address: " .. address) end
  local fd = ffi.C.socket(AF_INET, SOCK_STREAM, 0)
  local to = ffi.new("bench_address")
  to.family, to.address = AF_INET, 0x0100007f
  to.port = bit.bor(bit.lshift(bit.band(port, 255), 8), bit.rshift(port, 8))
  local text = ("%s %s HTTP/1.0\r\nHost: bank\r\nContent-Type: application/x-www-form-urlencoded\r\n" ..
    "Content-Length: %d\r\n\r\n%s"):format(method, path, #body, body)
  local parts, buffer = {}, ffi.new("char[16384]")
  if ffi.C.connect(fd, to, ffi.sizeof(to)) == 0 and ffi.C.send(fd, text, #text, NO_SIGNAL) == #text then
    local count = tonumber(ffi.C.recv(fd, buffer, 16384, 0))
    while count > 0 do
      parts[#parts + 1] = ffi.string(buffer, count)
      count = tonumber(ffi.C.recv(fd, buffer, 16384, 0))
    end
  end
  ffi.C.close(fd)
  local answer = table.concat(parts)
  if not answer:match("^HTTP/1%.[01] [23]") then error("the bank answered " .. answer:sub(1, 40)) end
  return answer
end

local function local_path(address)
  return (address:gsub("^https?://[^/]+", ""))
end

local products = {}
local turn = 0

local function next_product()
  turn = turn + 1
  return products[(turn - 1) % #products + 1]
end

local buyers = {}

-- Looks at everything there is to buy.
function buyers.list()
  get("list", event)
end

-- Comes for the first time, with no cookie.
function buyers.front()
  get("list", event)
end

-- Puts one ticket into a new basket; the list was looked at before.
function buyers.add()
  local where = post("add", event .. "basket/add", { product = next_product(), count = "1" })
  if not where:find("notice=added", 1, true) then error("not put in: " .. where) end
end

-- The same, for places that run out: whether there was one is a kind of its own.
function buyers.hold()
  local began_s = now_s()
  local where = post("answer", event .. "basket/add", { product = next_product(), count = "1" })
  if where:find("notice=added", 1, true) then
    note("taken", began_s)
  elseif where:find("notice=sold_out", 1, true) then
    note("refused", began_s)
  else
    error("neither put in nor sold out: " .. where)
  end
end

-- A whole order: every page a buyer sees and every form, in their order, with the pages that forms lead to.
function buyers.order()
  local began_s = now_s()
  get("list", event)
  local basket = post("add", event .. "basket/add", { product = next_product(), count = "1" })
  get("basket", basket)
  local item = get("item", event .. "item/" .. ITEM)
  local target = found(item, 'name="target" value="(line%-%d+)"', "ticket to put the item on")
  get("list again", (post("add", event .. "basket/add", { product = ITEM, target = target, count = "1" }):gsub("#.*", "")))
  basket = get("basket", event .. "basket")
  local line = found(basket, 'name="(holder%-%d+)"', "field for the holder")
  local checkout = post("holders", event .. "basket/holders", { [line] = "Jana Kovářová", ["then"] = "checkout" })
  local form = get("checkout", checkout)
  local page = post("order", event .. "checkout", {
    form_key = found(form, 'name="form_key" value="([^"]+)"', "form key"),
    total = found(form, 'name="total" value="(%d+)"', "total"),
    name = "Jana Kovářová",
    mail = ("buyer%d@example.org"):format(visit.number),
    terms = "yes",
  })
  at_bank("GET", page, "")
  local back = at_bank("POST", page, "do=pay&webhooks=1"):match("\r\n[Ll]ocation: ([^\r]+)")
  local order = leads_to("return", get("return", local_path(back)))
  local last = get("order page", order)
  if not last.body:find('class="banner good"', 1, true) then error("the order is not paid") end
  note("whole order", began_s)
  if last.body:find("<figcaption>", 1, true) then note("with its passes", began_s) end
end

-- --- what wrk calls ---------------------------------------------------------------------------------------

local visits = {}
local next_visit
local playing, pending

local function resume(answer)
  local fine, said = coroutine.resume(playing, answer)
  if not fine then
    faults = faults + 1
    fault = tostring(said)
    return nil
  end
  return said
end

local function next_buyer()
  if (mode == "list" or mode == "front") and next_visit > #visits then next_visit = 1 end
  visit = visits[next_visit]
  if not visit then error("no visits are left; the last buyer ended with: " .. fault) end
  next_visit = next_visit + 1
  playing = coroutine.create(buyers[mode])
  pending = resume(nil)
end

function init(args)
  mode, event = args[1], args[3]
  for name in args[4]:gmatch("[^,]+") do products[#products + 1] = name end
  local at, first, count = 0, tonumber(args[5]), tonumber(args[6])
  for text in io.lines(args[2]) do
    if at % count == number then
      local cookie, token = text:match("^(%S+) (%S+)$")
      local who = first + at
      local address = ("10.%d.%d.%d"):format(math.floor(who / 65536) % 256, math.floor(who / 256) % 256, who % 256)
      visits[#visits + 1] = { cookie = cookie, form_token = token, address = address, number = who }
    end
    at = at + 1
  end
  next_visit, turn = 1, number
  next_buyer()
end

-- wrk asks once more than it sends (to see whether there is anything to ask): the same request again.
function request()
  return pending
end

function response(status, headers, body)
  pending = resume({ status = status, headers = headers, body = body })
  while not pending do next_buyer() end
end

function done(summary, latency, requests)
  local file = assert(io.open(os.getenv("BENCH_TIMES"), "w"))
  for _, thread in ipairs(threads) do
    local all = thread:get("times")
    for at = 1, #all, 3 do file:write(("%s\t%.6f\t%.6f\n"):format(all[at], all[at + 1], all[at + 2])) end
    local lost = thread:get("faults")
    if lost > 0 then file:write(("fault\t%d\t%s\n"):format(lost, (thread:get("fault"):gsub("%s+", " ")))) end
  end
  local errors = summary.errors
  file:write(("broken\t%d\t0\n"):format(errors.connect + errors.read + errors.write + errors.timeout))
  file:close()
end
