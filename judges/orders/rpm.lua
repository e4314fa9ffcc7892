-- rpm's own comparison, in the Lua that rpm carries.
-- The first argument is the name of this file.
print("rpm " .. arg[2])
local answers = {}
for line in io.lines() do
    local a, b = line:match("^(.-)\t(.*)$")
    local fine, order = pcall(rpm.vercmp, a, b)
    answers[#answers + 1] = not fine and "!" or order < 0 and "<" or order > 0 and ">" or "="
end
print(table.concat(answers))
