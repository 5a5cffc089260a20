-- What a user of Neovim does: wait for the findings, take a code action, write the file. Writes what it saw to $GCLINT_SEEN.
local seen = { actions = {} }

local function finish(problem)
  seen.problem = problem
  local file = io.open(os.getenv("GCLINT_SEEN"), "w")
  file:write(vim.fn.json_encode(seen))
  file:close()
  vim.cmd("qall!")
end

local function take(title, options)
  local before = vim.api.nvim_buf_get_changedtick(0)
  local asked = false
  vim.ui.select = function(items, shown, chosen)
    for _, item in ipairs(items) do
      local text = shown.format_item(item)
      table.insert(seen.actions, text)
      if text:find(title, 1, true) and not asked then
        asked = true
        chosen(item, 1)
      end
    end
  end
  vim.lsp.buf.code_action(options)
  vim.wait(15000, function() return vim.api.nvim_buf_get_changedtick(0) ~= before end, 50)
  if vim.api.nvim_buf_get_changedtick(0) == before then finish("nothing changed after " .. title) end
end

local function settled(code, wanted)
  return vim.wait(20000, function()
    for _, one in ipairs(vim.diagnostic.get(0)) do
      if one.code == code then return wanted end
    end
    return not wanted
  end, 50)
end

local function drive()
  if not settled("GCK201", true) then return finish("no diagnostics") end
  seen.version = tostring(vim.version().minor)
  seen.diagnostics = {}
  local row
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(seen.diagnostics, { code = one.code, row = one.lnum, column = one.col, message = one.message })
    if one.code == "GCK201" then row = one.lnum + 1 end
  end
  vim.api.nvim_win_set_cursor(0, { row, 0 })
  take("gclint (GCK201)")
  seen.after_fix = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  if not settled("GCK201", false) then return finish("the finding stays") end
  take("Fix all", { context = { only = { "source.fixAll.gclint" }, diagnostics = {} } })
  seen.after_all = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  local hover = vim.lsp.buf_request_sync(0, "textDocument/hover", {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = 3, character = 8 },
  }, 10000)
  for _, one in pairs(hover or {}) do seen.hover = one.result and one.result.contents.value end
  vim.cmd("write")
  finish()
end

vim.schedule(function()
  local fine, problem = pcall(drive)
  if not fine then finish(tostring(problem)) end
end)
