-- A POST of BODY for each request, with one of TOKENS tokens in turn. Prints one line of JSON at the end.
local body = os.getenv("BODY")
local tokens = tonumber(os.getenv("TOKENS"))
local number = 0

request = function()
  number = number % tokens + 1
  local headers = { ["Content-Type"] = "application/json", ["X-Auth-Token"] = "token-" .. number }
  return wrk.format("POST", "/graphql", headers, body)
end

done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
    + summary.errors.timeout
  io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
