/*
 * Run a WASI program with limits, and say how it ended:
 *
 *	cc sandbox.c $(pkg-config --cflags --libs wrench) -o sandbox && ./sandbox program.wasm argument...
 *
 * The program gets its arguments, the three streams, and the current directory to read; 64 MiB of memory, 10^8
 * instructions, and 5 seconds. What it imports is listed first when the first argument is -l.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <wrench.h>

static int fail(const struct wr_error *e)
{
	fprintf(stderr, "%s", e->report);
	return 1;
}

static void list_imports(const struct wr_engine *engine, const struct wr_module *module)
{
	char type[200];

	for (uint32_t i = 0; i < wr_module_import_count(module); i++) {
		const struct wr_import *x = wr_module_import(module, i);
		wr_extern_type_print(engine, &x->type, type, sizeof type);
		printf("%s.%s: %s\n", x->module.text, x->name.text, type);
	}
}

static bool grant(struct wr_linker *linker, int argc, char **argv, struct wr_error *e)
{
	const struct wr_preopen here = { ".", ".", true };
	struct wr_wasi_config config;

	wr_wasi_config_init(&config);
	config.args = (const char *const *)argv;
	config.nargs = (uint32_t)argc;
	config.preopens = &here;
	config.npreopens = 1;
	config.in = 0;
	config.out = 1;
	config.err = 2;
	return wr_linker_define_wasi(linker, &config, e);
}

/* As a shell would report it. */
static int status_of(struct wr_store *store, enum wr_outcome how)
{
	char why[2000];

	if (how == WR_DONE)
		return 0;
	if (how == WR_EXITED)
		return wr_store_exit_status(store);
	wr_store_describe(store, how, why, sizeof why);
	fprintf(stderr, "%s", why);
	return how == WR_TIMEOUT ? 124 : 134;
}

static int run(struct wr_store *store, struct wr_module *module, int argc, char **argv)
{
	enum wr_outcome how = WR_ERROR;
	struct wr_error e;
	struct wr_linker *linker = wr_linker_new(store, &e);

	wr_store_set_fuel(store, 100000000);
	wr_store_set_timeout(store, 5000000000);
	if (!linker || !grant(linker, argc, argv, &e)) {
		wr_linker_free(linker);
		return fail(&e);
	}
	struct wr_instance *instance = wr_linker_instantiate(linker, module, &how, &e);
	if (instance)
		how = wr_call(store, wr_instance_func(instance, "_start"), NULL, 0, NULL, 0, &e);
	int status = how == WR_ERROR ? fail(&e) : status_of(store, how);
	wr_linker_free(linker);
	return status;
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && strcmp(argv[1], "-l") == 0;
	struct wr_store_limits limits;
	struct wr_error e;
	int status = 1;

	argc -= 1 + list;
	argv += 1 + list;
	if (argc < 1) {
		fprintf(stderr, "usage: sandbox [-l] FILE [ARGUMENT...]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);       /* a closed pipe is the guest's error, not our end */
	wr_store_limits_init(&limits);
	limits.max_memory = 64 << 20;

	struct wr_engine *engine = wr_engine_new(NULL, &e);
	struct wr_store *store = wr_store_new(engine, &limits, &e);
	struct wr_module *module = wr_module_load_file(engine, argv[0], &e);
	if (!store || !module) {
		fail(&e);
	} else {
		if (list)
			list_imports(engine, module);
		status = run(store, module, argc, argv);
	}
	wr_module_free(module);
	wr_store_free(store);
	wr_engine_free(engine);
	return status;
}
