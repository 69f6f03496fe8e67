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
  local order = rpm.vercmp(ae, be)
  if order == 0 then order = rpm.vercmp(av, bv) end
  if order == 0 then order = rpm.vercmp(ar, br) end
  print(order)
end
