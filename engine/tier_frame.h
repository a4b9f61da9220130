/* What the files of tier.h share about frames; tier_frame.c. */
#ifndef ENGINE_TIER_FRAME_H
#define ENGINE_TIER_FRAME_H

#include "engine/ctx.h"

/* What C stands at is a place of a body again. */
void tier_settle(struct ctx *c);
/* Numbers by chance, for --random-tier: others in each context. */
uint64_t tier_chance(struct ctx *c);
/* Every frame goes to one of the tiers that it can be in. */
void tier_shuffle_frames(struct ctx *c);

#endif
