#include "dissectors/tls/fields.h"
#include "dissectors/tls/handshake.h"

static const struct field_info table[TLS_FIELDS] = {
#define FIELD(id, name, label, registry, shape) {name, label, registry, shape},
#include "dissectors/tls/fields.def"
#undef FIELD
};

const struct field_info *tls_field(uint16_t id)
{
	return &table[id < TLS_FIELDS ? id : F_SURPLUS];
}
