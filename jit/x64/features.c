/* What this processor can do, by cpuid; and feature lists as text. */
#include "jit/x64/features.h"

#include <stdio.h>
#include <string.h>

static const struct { uint32_t bit; const char *name; } feature_names[] = {
	{ FEATURE_SSE41, "sse4.1" }, { FEATURE_POPCNT, "popcnt" }, { FEATURE_LZCNT, "lzcnt" }, { FEATURE_BMI1, "bmi1" },
	{ FEATURE_BMI2, "bmi2" }, { FEATURE_AVX, "avx" }, { FEATURE_AVX2, "avx2" }, { FEATURE_FMA, "fma" },
};
enum { NFEATURES = sizeof feature_names / sizeof *feature_names };

#if defined(__x86_64__)
#include <cpuid.h>

/* Whether the system saves the upper halves of vector registers: without, AVX faults. */
static bool system_saves_avx(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6;
}

uint32_t x64_features(void)
{
	uint32_t a, b, c, d, f = 0;
	bool avx;

	if (!__get_cpuid(1, &a, &b, &c, &d))
		return 0;
	avx = (c & bit_OSXSAVE) && (c & bit_AVX) && system_saves_avx();
	f |= c & bit_SSE4_1 ? FEATURE_SSE41 : 0;
	f |= c & bit_POPCNT ? FEATURE_POPCNT : 0;
	f |= avx ? FEATURE_AVX : 0;
	f |= avx && (c & bit_FMA) ? FEATURE_FMA : 0;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
		f |= b & (1u << 3) ? FEATURE_BMI1 : 0;
		f |= b & (1u << 8) ? FEATURE_BMI2 : 0;
		f |= avx && (b & (1u << 5)) ? FEATURE_AVX2 : 0;
	}
	if (__get_cpuid(0x80000001, &a, &b, &c, &d))
		f |= c & (1u << 5) ? FEATURE_LZCNT : 0;
	/* Those that are encoded like AVX need the system's help as much. */
	if (!avx)
		f &= ~(uint32_t)(FEATURE_BMI1 | FEATURE_BMI2);
	return f;
}
#else
uint32_t x64_features(void)
{
	return 0;
}
#endif

static uint32_t feature_named(const char *name, size_t length)
{
	for (unsigned i = 0; i < NFEATURES; i++)
		if (strlen(feature_names[i].name) == length && !memcmp(feature_names[i].name, name, length))
			return feature_names[i].bit;
	return 0;
}

bool x64_features_parse(const char *text, uint32_t *features)
{
	*features = *text == '-' ? FEATURE_ALL : 0;
	for (const char *p = text; ; p++) {
		bool without = *p == '-';
		size_t n = strcspn(p += without, ",");
		uint32_t f = feature_named(p, n);

		if (n == 3 && !memcmp(p, "all", 3))
			f = FEATURE_ALL;
		else if (!f && !(n == 4 && !memcmp(p, "none", 4)))
			return false;
		*features = without ? *features & ~f : *features | f;
		p += n;
		if (!*p)
			return true;
	}
}

void x64_features_print(uint32_t features, char *to, size_t size)
{
	size_t n = 0;

	snprintf(to, size, "none");
	for (unsigned i = 0; i < NFEATURES && n < size; i++)
		if (features & feature_names[i].bit)
			n += (size_t)snprintf(to + n, size - n, "%s%s", n ? "," : "", feature_names[i].name);
}
