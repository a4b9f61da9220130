/* Validation (core specification 3): of a module's declarations, of constant expressions, of function bodies. */
#ifndef ENGINE_VALIDATE_H
#define ENGINE_VALIDATE_H

#include "engine/module.h"

struct err;

/* Everything but function bodies. Sets func_decl.declared. */
bool validate_module_decls(struct module *m, struct err *e);
/*
 * A constant expression that must give one WANT. Globals below NGLOBALS may be read. Functions that ref.func names
 * become declared.
 */
bool validate_const_expr(struct module *m, struct const_expr x, valtype want, uint32_t nglobals, struct err *e);
/* All bodies, after validate_module_decls(). False with E, and the function in *bad. */
bool validate_funcs(struct module *m, uint32_t *bad, struct err *e);

#endif
