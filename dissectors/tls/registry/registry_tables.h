/* The tables that registry.awk writes, for registry.c alone: sorted by code, without doubles. They
 * hold nothing that the tables of IANA and the names in them do not say. */
#ifndef KEYHOLE_DISSECTORS_TLS_REGISTRY_REGISTRY_TABLES_H
#define KEYHOLE_DISSECTORS_TLS_REGISTRY_REGISTRY_TABLES_H

#include "dissectors/tls/registry/registry.h"

struct registry_row {
	uint32_t code;
	const char *name;
};

struct registry_table {
	const struct registry_row *rows;
	size_t n_rows;
};

extern const struct registry_table registry_tables[N_REGISTRIES];

/* One for each row of REG_SUITE and of REG_GROUP, in the same order; SCSVs have no name here. */
extern const struct suite suite_table[];
extern const struct group_info group_table[];

/* In IANA's order: by age, not sorted. */
struct alpn_row {
	const char *id;
	size_t len;
	const char *protocol;
};

extern const struct alpn_row alpn_table[];
extern const size_t n_alpns;

#endif
