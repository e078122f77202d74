-- Sends METHOD REQUEST_PATH with HEADERS ("Name: value" lines) and BODY, and the tokens FIRST_TOKEN to FIRST_TOKEN + TOKENS - 1
-- in turn. Prints one line of JSON at the end.
local method, path = os.getenv("METHOD"), os.getenv("REQUEST_PATH")
local body = os.getenv("BODY")
local first, tokens = tonumber(os.getenv("FIRST_TOKEN")), tonumber(os.getenv("TOKENS"))
local number = 0

if body == "" then body = nil end

local headers = {}
for name, value in os.getenv("HEADERS"):gmatch("([^:\n]+): ([^\n]*)") do
  headers[name] = value
end

request = function()
  headers["X-Auth-Token"] = "token-" .. (first + number % tokens)
  number = number + 1
  return wrk.format(method, path, headers, body)
end

done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
