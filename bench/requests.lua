-- Requests from a file, in rotation: METHOD <tab> PATH <tab> TOKEN <tab> BODY, a JSON body's %N being a number never used before.
local requests, at, thread = {}, 0, 0
local count = 0

function setup(t) count = count + 1; t:set("number", count) end

function init(args)
  local file = args[1]
  for line in io.lines(file) do
    local method, path, token, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = { method, path, headers, body ~= "" and body or nil }
  end
  math.randomseed(os.time() + number * 7919)
  at = math.random(#requests)
  thread = number .. "-" .. os.time() .. "-" .. math.random(1000000)
end

local made = 0
function request()
  at = at % #requests + 1
  local r = requests[at]
  local body = r[4]
  if body then made = made + 1; body = body:gsub("%%N", thread .. "-" .. made) end
  return wrk.format(r[1], r[2], r[3], body)
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"status_errors":%d,"socket_errors":%d,"p50":%.3f,"p90":%.3f,"p99":%.3f,"max":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(90) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
