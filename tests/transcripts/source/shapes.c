/* A program for debugging by its source: no library, no input. */
#include <stddef.h>

enum color { RED, GREEN = 5, BLUE };

struct point {
	int x, y;
};

struct shape {
	const char *name;
	struct point corner;
	enum color color;
	unsigned filled : 1, style : 3;
	int depth : 6;
	double scale;
	struct shape *next;
	int (*area)(const struct shape *);
	union {
		int whole;
		unsigned char bytes[4];
	} tag;
};

typedef unsigned long long u64;

static int count;
static struct shape shapes[3];
int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
char title[16] = "three shapes";

static int area_of(const struct shape *s)
{
	int w = s->corner.x;
	int h = s->corner.y;
	return w * h;
}

static struct shape *add(const char *name, int x, int y, struct shape *next)
{
	struct shape *s = &shapes[count++];

	s->name = name;
	s->corner.x = x;
	s->corner.y = y;
	s->color = count == 1 ? GREEN : BLUE;
	s->filled = 1;
	s->style = 5;
	s->depth = -count;
	s->scale = x / 2.0;
	s->next = next;
	s->area = area_of;
	s->tag.whole = 0x01020304;
	return s;
}

static int total(struct shape *list)
{
	int sum = 0;

	for (struct shape *s = list; s; s = s->next)
		sum += s->area(s);
	return sum;
}

int measure(int n)
{
	struct shape *list = NULL;
	volatile u64 big = 1ull << 40;
	_Bool odd = n & 1;
	float half = n / 2.0f;

	list = add("square", n, n, list);
	list = add("flat", n, 1, list);
	{
		int n = 7;
		list = add("seven", n, n, list);
	}
	grid[1][2] = title[0];
	return total(list) + odd + (int)half + (int)(big >> 40);
}

int crash(int *p)
{
	return p[1] = 7;
}
