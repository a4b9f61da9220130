/* Every view, in the order in which buffers are listed. A new one is a file and a line here. */
#include "tui/tui.h"

#define VIEWS \
	VIEW(repl) VIEW(wat) VIEW(regir) VIEW(asm) VIEW(bytes) VIEW(stack) VIEW(locals) VIEW(changed) VIEW(globals) VIEW(memory) \
	VIEW(tables) VIEW(frames) VIEW(breakpoints) VIEW(displays) VIEW(threads) VIEW(modules) VIEW(guest) VIEW(explain) \
	VIEW(source) VIEW(lesson) VIEW(tutorial) VIEW(trace) VIEW(profile) VIEW(tiers) VIEW(help)

#define VIEW(id) extern const struct view_ops view_##id;
VIEWS
#undef VIEW

#define VIEW(id) &view_##id,
const struct view_ops *const view_table[] = { VIEWS NULL };
