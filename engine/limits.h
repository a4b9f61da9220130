/* Implementation limits of the decoder and validator, in the order of the specification's appendix 7.2. */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

enum {
	MAX_TYPES = 1000000,
	MAX_GROUP = 1000000,
	MAX_FUNCS = 1000000,
	MAX_IMPORTS = 1000000,
	MAX_EXPORTS = 1000000,
	MAX_GLOBALS = 1000000,
	MAX_TAGS = 1000000,
	MAX_TABLES = 100000,
	MAX_MEMORIES = 100000,
	MAX_SEGMENTS = 1000000,
	MAX_PARAMS = 10000,
	MAX_RESULTS = 10000,
	MAX_FIELDS = 10000,
	MAX_SUBTYPE_DEPTH = 63,
	MAX_LOCALS = 100000,            /* of one function, parameters included */
	MAX_BODY = 128 << 20,           /* bytes */
	MAX_BR_TABLE = 1000000,
	MAX_ARRAY_FIXED = 10000,        /* elements of array.new_fixed */
	MAX_NESTING = 1000000,          /* blocks in blocks */
	MAX_TABLE_ELEMS = 10000000,     /* elements a table may be created with or grow to, unless limited further */
};

#endif
