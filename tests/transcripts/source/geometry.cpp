// Classes, references, namespaces, overloads: no library.
namespace geo {

struct base {
	int id;
};

class circle : public base {
public:
	enum class fill : unsigned char { none, solid = 7 };
	circle(int i, int r) : radius(r), how(fill::solid) { id = i; made++; }
	int area() const { return 3 * radius * radius; }
	static int made;
private:
	int radius;
	fill how;
};

int circle::made;

template <typename T> struct pair {
	T first, second;
};

}

static int grow(geo::circle &c, int by)
{
	int before = c.area();
	c = geo::circle(c.id + 1, by);
	return c.area() - before;
}

extern "C" int circles(int n)
{
	geo::circle c(1, n);
	geo::pair<long long> p = { n, -1 };
	int sum = 0;
	for (int i = 1; i <= 2; i++)
		sum += grow(c, n + i);
	return sum + static_cast<int>(p.first);
}
