-- rpm.vercmp, as `rpm --eval '%{lua: dofile("rpm.lua")}'`: a pair a line in, the order of its epochs, versions and releases out.
local function parts(text)
  local epoch, rest = text:match("^(%d+):(.*)$")
  rest = rest or text
  local version, release = rest:match("^(.*)%-([^-]*)$")
  return epoch or "0", version or rest, release or ""
end
for line in io.lines() do
  local a, b = line:match("^(.-)\t(.*)$")
  local ae, av, ar = parts(a)
  local be, bv, br = parts(b)
  local is_right, order = pcall(function()
    local order = rpm.vercmp(ae, be)
    return order ~= 0 and order or rpm.vercmp(av, bv)
  end)
  -- An empty text is an error to it; a version without a release comes before one with.
  if not is_right then order = "!"
  elseif order == 0 and ar ~= "" and br ~= "" then order = rpm.vercmp(ar, br)
  elseif order == 0 then order = (ar ~= "" and 1 or 0) - (br ~= "" and 1 or 0) end
  io.write(tostring(order), "\n")
end
