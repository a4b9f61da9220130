-- lesson: courses in which the learner predicts (repl/command/lesson.h).
local core = ...

lesson = {}

function lesson.define(spec)
	core.lesson_define(spec)
end

-- A question of a lesson, looked over.
function lesson.ask(question)
	for _, key in ipairs { "ask", "hint", "why" } do
		if type(question[key]) ~= "string" then
			error("a question needs " .. key, 2)
		end
	end
	if not (question.ahead and question.path) and not question.answer and not question.judge then
		error("a question needs ahead and path, or answer, or judge", 2)
	end
	return question
end

-- Grade a list of answers: { right = 3, of = 6, { right = true, say = "…" }, … }
function lesson.check(number, answers)
	local out = { right = 0, of = core.lesson_count(number) }

	for i = 1, out.of do
		local right, say = core.lesson_check(number, i, tostring(answers[i] or ""))

		out[i] = { right = right, say = say }
		out.right = out.right + (right and 1 or 0)
	end
	return out
end
