-- call-graph: who calls whom, from a function or of the whole module; as text or for graphviz
wb.script {
	name = "call-graph",
	summary = "Show who calls whom, from a function down",
	doc = [[
Direct calls are followed; calls through tables and references are shown as (indirect). A function that was shown
already is not opened again. With dot the graph is in the language of graphviz: wrench script call-graph app.wasm - dot | dot -Tsvg
]],
	example = "call-graph main",
	needs_module = true,
	args = {
		{ name = "function", optional = true, help = "where to begin; - or nothing: everything that nobody calls" },
		{ name = "as", kind = "choice", choices = { "text", "dot" }, optional = true, help = "text when left out" },
	},
	run = function(args)
		local m = wb.module()
		local out, calls, called = {}, {}, {}

		local function calls_of(f)
			local indirect = false
			local list, seen = {}, {}
			for _, i in ipairs(f.imported and {} or f:code()) do
				if i.op == "call" or i.op == "return_call" then
					if not seen[i.index] then
						seen[i.index] = true
						list[#list + 1] = i.index
					end
				elseif i.op:find("call_indirect", 1, true) or i.op:find("call_ref", 1, true) then
					indirect = true
				end
			end
			return { list = list, indirect = indirect }
		end

		local funcs = m.funcs
		for _, f in ipairs(funcs) do
			calls[f.index] = calls_of(f)
			for _, to in ipairs(calls[f.index].list) do
				if to ~= f.index then
					called[to] = true
				end
			end
		end

		local roots = {}
		if args["function"] and args["function"] ~= "-" then
			roots[1] = m:func(args["function"]).index
		else
			for _, f in ipairs(funcs) do
				if not called[f.index] and not f.imported then
					roots[#roots + 1] = f.index
				end
			end
		end

		local shown = {}
		local function name(index)
			local f = funcs[index + 1]
			return f.name .. (f.imported and " (import)" or "")
		end
		local function text(index, depth)
			local c = calls[index]
			local again = shown[index] and (#c.list > 0 or c.indirect)

			out[#out + 1] = ("  "):rep(depth) .. name(index) .. (again and " …" or "")
			if again then
				return
			end
			shown[index] = true
			for _, to in ipairs(c.list) do
				text(to, depth + 1)
			end
			if c.indirect then
				out[#out + 1] = ("  "):rep(depth + 1) .. "(indirect)"
			end
		end
		local function dot(index)
			if shown[index] then
				return
			end
			shown[index] = true
			for _, to in ipairs(calls[index].list) do
				out[#out + 1] = ('  "%s" -> "%s";'):format(name(index), name(to))
				dot(to)
			end
			if calls[index].indirect then
				out[#out + 1] = ('  "%s" -> "(indirect)";'):format(name(index))
			end
		end

		local as_dot = args.as == "dot"
		if as_dot then
			out[1] = "digraph calls {"
		end
		for _, index in ipairs(roots) do
			if as_dot then
				dot(index)
			else
				text(index, 0)
			end
		end
		if as_dot then
			out[#out + 1] = "}"
		end
		return table.concat(out, "\n")
	end,
}
