/* The flow table: open addressing over indices of flows, and two lists in the order of use: open
 * flows, and closed ones that linger. */
#include "src/capture/tcp_private.h"

#include <stdlib.h>

#include "src/base/hash.h"

enum { FLOW_BLOCK = 128, FIRST_SLOTS = 64 };

_Static_assert(sizeof(struct flow) <= 208, "an open flow stays small");

struct flow *flow_of_index(const struct tcp_table *t, uint32_t index)
{
	if (index == NO_FLOW)
		return NULL;
	return &t->block[index / FLOW_BLOCK][index % FLOW_BLOCK];
}

/* The pair in one order for both directions. */
struct pair {
	struct endpoint low, high;
};

_Static_assert(sizeof(struct pair) == 36, "hashed as bytes, so without holes");

static uint32_t pair_hash(const struct tcp_table *t, const struct endpoint *a,
                          const struct endpoint *b)
{
	bool swap = memcmp(a, b, sizeof *a) > 0;
	struct pair p = {.low = swap ? *b : *a, .high = swap ? *a : *b};
	return (uint32_t)hash_bytes(&p, sizeof p, t->seed);
}

static bool flow_is(const struct flow *f, const struct endpoint *a, const struct endpoint *b)
{
	bool by_client = same_endpoint(&f->endpoint[CLIENT], a);
	return same_endpoint(&f->endpoint[by_client ? SERVER : CLIENT], b) &&
	       (by_client || same_endpoint(&f->endpoint[SERVER], a));
}

struct flow *flow_find(struct tcp_table *t, const struct endpoint *a, const struct endpoint *b)
{
	uint32_t hash = pair_hash(t, a, b), mask = t->n_slots - 1;
	if (t->n_slots == 0)
		return NULL;
	for (uint32_t i = hash & mask; t->slot[i].flow != 0; i = (i + 1) & mask) {
		if (t->slot[i].hash != hash)
			continue;
		struct flow *f = flow_of_index(t, t->slot[i].flow - 1);
		if (flow_is(f, a, b))
			return f;
	}
	return NULL;
}

static void slot_put(struct slot *slot, uint32_t mask, struct slot new)
{
	uint32_t i = new.hash &mask;
	while (slot[i].flow != 0)
		i = (i + 1) & mask;
	slot[i] = new;
}

static bool slots_grow(struct tcp_table *t)
{
	uint32_t n = t->n_slots == 0 ? FIRST_SLOTS : t->n_slots * 2;
	struct slot *slot = calloc(n, sizeof *slot);
	if (slot == NULL)
		return false;
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slot[i].flow != 0)
			slot_put(slot, n - 1, t->slot[i]);
	free(t->slot);
	t->slot = slot;
	t->n_slots = n;
	return true;
}

/* Empties a slot and moves those behind it up, so that no gravestones are left. */
static void slot_clear(struct tcp_table *t, uint32_t hole)
{
	uint32_t mask = t->n_slots - 1;
	for (uint32_t i = (hole + 1) & mask; t->slot[i].flow != 0; i = (i + 1) & mask) {
		uint32_t home = t->slot[i].hash & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->slot[hole] = t->slot[i];
		hole = i;
	}
	t->slot[hole].flow = 0;
}

static bool block_add(struct tcp_table *t)
{
	struct flow **block = realloc(t->block, (t->n_blocks + 1) * sizeof(struct flow *));
	if (block == NULL)
		return false;
	t->block = block;
	struct flow *flows = calloc(FLOW_BLOCK, sizeof *flows);
	if (flows == NULL)
		return false;
	uint32_t first = t->n_blocks * FLOW_BLOCK;
	block[t->n_blocks++] = flows;
	for (uint32_t i = FLOW_BLOCK; i-- > 0;) {
		flows[i].older = t->free_flow;
		t->free_flow = first + i;
	}
	return true;
}

static void list_remove(struct tcp_table *t, struct flow_list *list, struct flow *f)
{
	struct flow *newer = flow_of_index(t, f->newer), *older = flow_of_index(t, f->older);
	if (newer != NULL)
		newer->older = f->older;
	else
		list->newest = f->older;
	if (older != NULL)
		older->newer = f->newer;
	else
		list->oldest = f->newer;
}

static void list_add(struct tcp_table *t, struct flow_list *list, struct flow *f)
{
	struct flow *newest = flow_of_index(t, list->newest);
	f->older = list->newest;
	f->newer = NO_FLOW;
	list->newest = f->index;
	if (newest != NULL)
		newest->newer = f->index;
	else
		list->oldest = f->index;
}

static struct flow_list *list_of(struct tcp_table *t, const struct flow *f)
{
	return (f->flags & FLOW_ENDING) != 0 ? &t->ending : &t->open;
}

void flow_touch(struct tcp_table *t, struct flow *f)
{
	struct flow_list *list = list_of(t, f);
	if (list->newest == f->index)
		return;
	list_remove(t, list, f);
	list_add(t, list, f);
}

void flow_linger(struct tcp_table *t, struct flow *f)
{
	if ((f->flags & FLOW_ENDING) != 0)
		return;
	list_remove(t, &t->open, f);
	f->flags |= FLOW_ENDING;
	list_add(t, &t->ending, f);
}

struct flow *flow_make(struct tcp_table *t, const struct endpoint *client,
                       const struct endpoint *server)
{
	if (t->free_flow == NO_FLOW && !block_add(t))
		return NULL;
	if ((uint64_t)t->n_flows * 4 >= (uint64_t)t->n_slots * 3 && !slots_grow(t))
		return NULL;
	struct flow *f = flow_of_index(t, t->free_flow);
	uint32_t index = t->free_flow;
	t->free_flow = f->older;
	*f = (struct flow){
		.table = t,
		.index = index,
		.endpoint = {[CLIENT] = *client, [SERVER] = *server},
	};
	struct slot new = {.hash = pair_hash(t, client, server), .flow = index + 1};
	slot_put(t->slot, t->n_slots - 1, new);
	list_add(t, &t->open, f);
	t->n_flows++;
	t->counters.flows++;
	return f;
}

void flow_remove(struct tcp_table *t, struct flow *f)
{
	uint32_t mask = t->n_slots - 1;
	uint32_t i = pair_hash(t, &f->endpoint[CLIENT], &f->endpoint[SERVER]) & mask;
	while (t->slot[i].flow != f->index + 1)
		i = (i + 1) & mask;
	slot_clear(t, i);
	list_remove(t, list_of(t, f), f);
	f->older = t->free_flow;
	t->free_flow = f->index;
	t->n_flows--;
}

struct tcp_table *tcp_new(const struct tcp_limits *l, const struct tcp_sink *sink, uint64_t seed)
{
	struct tcp_table *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->limits = *l;
	t->sink = *sink;
	t->seed = seed;
	t->free_flow = NO_FLOW;
	t->open = t->ending = (struct flow_list){NO_FLOW, NO_FLOW};
	t->clock = MOMENT_UNKNOWN;
	return t;
}

void tcp_free(struct tcp_table *t)
{
	if (t == NULL)
		return;
	for (struct held *h = t->newest_held; h != NULL; h = t->newest_held) {
		struct flow *f = h->flow;
		held_free(t, &f->side[f->side[CLIENT].held == h ? CLIENT : SERVER]);
	}
	for (uint32_t i = 0; i < t->n_blocks; i++)
		free(t->block[i]);
	free(t->block);
	free(t->slot);
	free(t->again);
	free(t->recent);
	free(t);
}

const struct tcp_counters *tcp_counters(const struct tcp_table *t)
{
	return &t->counters;
}

size_t tcp_memory(const struct tcp_table *t)
{
	return sizeof *t + t->n_slots * sizeof(struct slot) + t->held_bytes +
	       t->n_blocks * (sizeof(struct flow *) + FLOW_BLOCK * sizeof(struct flow)) +
	       t->room_again * sizeof(struct flow_again) + (t->recent == NULL ? 0 : RECENT_ROOM);
}

size_t tcp_in_use(const struct tcp_table *t)
{
	return t->n_flows * (sizeof(struct flow) + 2 * sizeof(struct slot)) + t->held_bytes;
}

const struct endpoint *flow_endpoint(const struct flow *f, enum side s)
{
	return &f->endpoint[s];
}

void **flow_user(struct flow *f)
{
	return &f->user;
}

uint32_t flow_first_frame(const struct flow *f)
{
	return f->first_frame;
}

uint32_t flow_last_frame(const struct flow *f)
{
	return f->last_frame;
}

moment flow_first_time(const struct flow *f)
{
	return f->first_time;
}

moment flow_last_time(const struct flow *f)
{
	return f->last_time;
}

uint64_t flow_packets(const struct flow *f, enum side s)
{
	return f->side[s].packets;
}

uint64_t flow_payload(const struct flow *f, enum side s)
{
	return f->side[s].payload;
}
