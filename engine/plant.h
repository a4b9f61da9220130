/*
 * Planted bugs, for the test of the detector (debugger/lockstep.h, docs/lockstep.md): `make PLANT=n` builds row n of plants.def
 * in. In every other build PLANTED() is the constant false, and nothing of them is left.
 */
#ifndef ENGINE_PLANT_H
#define ENGINE_PLANT_H

#ifndef WRENCH_PLANT
#define WRENCH_PLANT 0
#endif

enum plant {
	PLANT_NONE,
#define PLANT(n, name, what) PLANT_##name = n,
#include "engine/plants.def"
};

#define PLANTED(name) (WRENCH_PLANT == PLANT_##name)

#endif
