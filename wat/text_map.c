/* Positions of binary and text; see text_map.h. */
#include "wat/text_map.h"

/* Length of the keyword or parenthesis at a text position. */
static uint32_t span_length(const struct source *s, uint64_t at)
{
	uint64_t end = at;

	while (end < s->size && (unsigned char)s->bytes[end] > ' ' && s->bytes[end] != '(' && s->bytes[end] != ')' &&
	       s->bytes[end] != '"' && s->bytes[end] != ';')
		end++;
	return end > at ? (uint32_t)(end - at) : 1;
}

bool text_map_find(const struct text_map *m, uint32_t binary_offset, struct place *out)
{
	size_t low = 0, high = m->pairs.count;

	while (low < high) {            /* the first pair behind the offset */
		size_t mid = low + (high - low) / 2;
		if (m->pairs.data[mid].offset <= binary_offset)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return false;
	uint32_t text = m->pairs.data[low - 1].text & ~TEXT_PAIR_FIELD;
	*out = place_text(text, span_length(m->source, text));
	return true;
}

bool text_map_offset(const struct text_map *m, uint64_t text_start, uint32_t *binary_offset)
{
	struct source_line line = source_line_at(m->source, text_start);
	uint64_t best = line.start + line.length;
	bool found = false;

	for (size_t i = 0; i < m->pairs.count; i++) {
		uint32_t text = m->pairs.data[i].text;
		if (text & TEXT_PAIR_FIELD || text < text_start || text >= best || m->source->bytes[text] == ')')
			continue;
		best = text;
		*binary_offset = m->pairs.data[i].offset;
		found = true;
	}
	return found;
}

void text_map_err(const struct text_map *m, struct err *e)
{
	if (e->place.kind == PLACE_OFFSET)
		text_map_find(m, (uint32_t)e->place.start, &e->place);
	for (int i = 0; i < e->nnotes; i++)
		if (e->notes[i].place.kind == PLACE_OFFSET)
			text_map_find(m, (uint32_t)e->notes[i].place.start, &e->notes[i].place);
}

void text_map_free(struct text_map *m)
{
	if (m)
		vec_free(&m->pairs);
	free(m);
}
